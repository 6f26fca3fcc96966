// Ports: events and sensitivity through them, policies and counts, exports, hierarchy; error types.
#include "log.h"
using namespace sc_core;

struct Give : virtual sc_interface { virtual int give() = 0; };
struct Source : sc_module, Give {
    int n; SC_HAS_PROCESS(Source);
    Source(sc_module_name name, int n) : sc_module(name), n(n) {}
    int give() override { return n; }
};
struct Inner : sc_module {
    sc_in<bool> in{"in"}; sc_out<int> out{"out"}; sc_inout<int> io{"io"};
    sc_port<Give, 0> all{"all"}; sc_port<Give, 2, SC_ALL_BOUND> two{"two"}; sc_port<Give, 3, SC_ZERO_OR_MORE_BOUND> some{"some"};
    SC_CTOR(Inner) {
        SC_METHOD(any); sensitive << in; dont_initialize();
        SC_METHOD(up); sensitive << in.pos(); dont_initialize();
        SC_METHOD(down); sensitive << in.neg(); dont_initialize();
        SC_THREAD(waits);
        SC_METHOD(on_io); sensitive << io; dont_initialize();
    }
    void any() { say("any in=%d event=%d pos=%d neg=%d", in.read(), in.event(), in.posedge(), in.negedge()); }
    void up() { say("up"); out = out.read() + 10; }
    void down() { say("down"); io = io.read() + 1; }
    void on_io() { say("io=%d", io.read()); }
    void waits() {
        say("all %d two %d some %d", all.size(), two.size(), some.size());
        for (int i = 0; i < all.size(); i++) say("all[%d] gives %d", i, all[i]->give());
        say("two gives %d and %d", two->give(), two[1]->give());
        wait(in.posedge_event()); say("posedge_event");
        wait(in.negedge_event() | io.value_changed_event()); say("negedge or io, negedge=%d io=%d", in.negedge(), io.event());
        wait(in.default_event()); say("default_event in=%d", in.read());
        wait(in->value_changed_event()); say("through the interface in=%d", in->read());
    }
};
struct Outer : sc_module {
    sc_in<bool> in{"in"}; sc_out<int> out{"out"}; sc_port<Give, 0> all{"all"};
    sc_export<Give> offer{"offer"}; sc_signal<int> io{"io"};
    Inner inner{"inner"}; Source own{"own", 7};
    SC_CTOR(Outer) { inner.in(in); inner.out(out); inner.io(io); inner.all(all); offer(own2); inner.two(own); inner.two(offer); }
    Source own2{"own2", 8};
};
SC_MODULE(Top) {
    sc_signal<bool> s{"s"}; sc_signal<int> t{"t"};
    Outer outer{"outer"}; Source a{"a", 1}, b{"b", 2};
    SC_CTOR(Top) { outer.in(s); outer.out(t); outer.all(a); outer.all(b); outer.all(outer.offer); SC_THREAD(drive); SC_METHOD(seen); sensitive << t; dont_initialize(); }
    void seen() { say("t=%d, offered %d", t.read(), outer.offer->give()); }
    void drive() {
        for (int i = 0; i < 6; i++) { wait(ns(5)); s = !s; }
        wait(ns(5)); s = true; wait(SC_ZERO_TIME); s = false; wait(SC_ZERO_TIME); s = false; wait(ns(1)); say("ends");
    }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

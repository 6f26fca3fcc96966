// What is notified, written and spawned between two calls of sc_start.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_event a{"a"}, b{"b"};
    sc_signal<int> s{"s"};
    SC_CTOR(Top) {
        SC_THREAD(on_a); SC_THREAD(on_b);
        SC_METHOD(on_s); sensitive << s; dont_initialize();
        SC_THREAD(tick);
    }
    void on_a() { for (;;) { wait(a); say("a"); } }
    void on_b() { for (;;) { wait(b); say("b"); } }
    void on_s() { say("s=%d", s.read()); }
    void tick() { for (int i = 0; i < 3; i++) { wait(ns(10)); say("tick"); } }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    top.s = 1;
    sc_start(ns(5)); say("5 ns");
    top.a.notify(SC_ZERO_TIME); say("a notified, delta");
    sc_start(ns(1));
    top.a.notify(); say("a notified, immediately");
    sc_start(ns(1));
    top.s = 2; say("s written, reads %d", top.s.read());
    sc_start(ns(1)); say("s reads %d", top.s.read());
    top.s = 3; top.a.notify(SC_ZERO_TIME); top.b.notify();
    sc_start(SC_ZERO_TIME); say("one delta");
    sc_start(SC_ZERO_TIME); say("another");
    sc_start(ns(2)); say("10 ns: tick is due");
    top.a.notify(SC_ZERO_TIME); top.b.notify(); top.s = 4;
    sc_start(ns(1)); say("after it");
    top.a.notify(ns(1)); top.b.notify(ns(2));
    sc_spawn([&] { say("spawned"); wait(ns(1)); say("spawned ends"); });
    sc_start(ns(1)); say("12 ns");
    top.a.notify(ns(1)); top.a.cancel();
    sc_start(); say("no more events");
    top.a.notify(SC_ZERO_TIME);
    sc_start(); say("end");
    return 0;
}

// Process control that includes descendants, process handles, and spawn options.
#include "log.h"
using namespace sc_core;

struct Stop { int v; };

SC_MODULE(Top) {
    sc_event e{"e"}, go{"go"};
    sc_signal<bool> rst{"rst"};
    int step = 0;
    SC_CTOR(Top) { SC_THREAD(drive); }
    struct Guard {
        const char* n;
        ~Guard() { say("  %s unwinds", n); }
    };
    void leaf(const char* n) {
        Guard g{n};
        say("  %s starts", n);
        try { while (true) { wait(e); say("  %s woke", n); } }
        catch (const Stop& x) { say("  %s caught %d", n, x.v); }
        say("  %s returns", n);
    }
    sc_process_handle kid;
    void parent(const char* n, const char* first, const char* second, bool ends) {
        Guard g{n};
        say("  %s starts", n);
        kid = sc_spawn([=] { leaf(first); }, sc_gen_unique_name(first));
        sc_spawn([=] { leaf(second); }, sc_gen_unique_name(second));
        if (ends) { wait(ns(1)); say("  %s ends", n); return; }
        try { while (true) { wait(e); say("  %s woke", n); } }
        catch (const Stop& x) { say("  %s caught %d", n, x.v); }
        say("  %s returns", n);
    }
    sc_process_handle family(bool ends = false) {
        return sc_spawn([=] { parent("p", "k1", "k2", ends); }, sc_gen_unique_name("p"));
    }
    void section(const char* what) { wait(ns(100) * ++step - sc_time_stamp()); say("%s", what); }
    void pulse() { wait(ns(1)); e.notify(); wait(ns(1)); }
    void drive() {
        sc_process_handle h;
        say("an empty handle: valid=%d name='%s'", h.valid(), h.name());
        section("handles");
        h = family(); wait(ns(1));
        say("valid=%d kind=%d dynamic=%d terminated=%d children=%d", h.valid(), (int)h.proc_kind(), h.dynamic(), h.terminated(), (int)h.get_child_objects().size());
        say("the child's parent is the process: %d", kid.get_parent_object() == h.get_process_object());
        section("kill without descendants");
        h.kill(); say("killed"); pulse();
        kid.kill(); pulse();
        section("kill with descendants");
        h = family(); wait(ns(1)); h.kill(SC_INCLUDE_DESCENDANTS); say("killed"); pulse();
        section("suspend with descendants");
        h = family(); wait(ns(1)); h.suspend(SC_INCLUDE_DESCENDANTS); e.notify(); say("suspended"); wait(ns(1));
        say("resume"); h.resume(SC_INCLUDE_DESCENDANTS); wait(ns(1)); pulse();
        section("disable with descendants");
        h.disable(SC_INCLUDE_DESCENDANTS); pulse(); say("enable"); h.enable(SC_INCLUDE_DESCENDANTS); pulse();
        section("throw_it with descendants");
        h.throw_it(Stop{5}, SC_INCLUDE_DESCENDANTS); say("thrown"); wait(ns(1));
        section("reset with descendants");
        h = family(); wait(ns(1)); h.reset(SC_INCLUDE_DESCENDANTS); say("reset"); pulse();
        h.kill(SC_INCLUDE_DESCENDANTS); wait(ns(1)); e.notify(); wait(ns(1));
        section("sync_reset_on with descendants");
        h = family(); wait(ns(1)); h.sync_reset_on(SC_INCLUDE_DESCENDANTS); pulse(); h.sync_reset_off(SC_INCLUDE_DESCENDANTS); 
        wait(ns(1)); say("off"); pulse(); h.kill(SC_INCLUDE_DESCENDANTS); wait(ns(1));
        section("a parent that has ended");
        h = family(true); wait(ns(2)); say("terminated=%d valid=%d", h.terminated(), h.valid());
        h.kill(SC_INCLUDE_DESCENDANTS); say("killed"); pulse(); kid.kill(); wait(ns(1));
        section("a family is reset by its parent");
        h = family(); wait(ns(1)); h.reset(); wait(ns(1)); say("children=%d", (int)h.get_child_objects().size());
        h.kill(SC_INCLUDE_DESCENDANTS); wait(ns(1));
        section("terminated_event of two");
        { sc_process_handle a = sc_spawn([=] { wait(ns(2)); }), b = sc_spawn([=] { wait(ns(4)); });
          wait(a.terminated_event() | b.terminated_event()); say("one, terminated %d %d", a.terminated(), b.terminated());
          wait(b.terminated_event()); say("the other"); }
        section("spawn options");
        { sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&go); o.dont_initialize();
          sc_process_handle m = sc_spawn([=] { say("  a method"); }, "m", &o);
          sc_spawn_options t; t.set_sensitivity(&go); t.dont_initialize();
          sc_process_handle w = sc_spawn([=] { say("  a thread"); wait(); say("  again"); }, "w", &t);
          sc_spawn_options r; r.set_sensitivity(&go); r.async_reset_signal_is(rst, true);
          sc_process_handle x = sc_spawn([=] { say("  with reset"); while (true) { wait(); say("  with reset woke"); } }, "x", &r);
          wait(ns(1)); go.notify(); wait(ns(1)); go.notify(SC_ZERO_TIME); wait(ns(1));
          say("method terminated=%d, thread terminated=%d", m.terminated(), w.terminated());
          rst = true; wait(ns(1)); go.notify(); wait(ns(1)); rst = false; wait(ns(1)); go.notify(); wait(ns(1)); 
          m.kill(); x.kill(); go.notify(); wait(ns(1)); }
        section("ends");
    }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

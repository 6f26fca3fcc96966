// A process that controls itself or is controlled while runnable, suspended or disabled; methods too.
#include "log.h"
using namespace sc_core;

struct Stop { int v; };

SC_MODULE(Top) {
    sc_event e{"e"}, f{"f"};
    int step = 0, runs = 0;
    SC_CTOR(Top) { SC_THREAD(drive); }
    void section(const char* what) { wait(ns(100) * ++step - sc_time_stamp()); say("%s", what); }
    void pulse() { wait(ns(1)); e.notify(); wait(ns(1)); }
    sc_process_handle looper() {
        return sc_spawn([=] { say("  starts"); while (true) { wait(e); say("  woke"); } }, sc_gen_unique_name("l"));
    }
    sc_process_handle method() {
        sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&e); o.dont_initialize();
        return sc_spawn([=] { say("  method"); }, sc_gen_unique_name("m"), &o);
    }
    void drive() {
        sc_process_handle h, m;
        section("suspend itself");
        h = sc_spawn([=] { sc_process_handle me = sc_get_current_process_handle(); say("  before"); me.suspend(); say("  after"); wait(ns(1)); say("  later"); }, "own1");
        wait(ns(5)); say("resume"); h.resume(); wait(ns(5));
        section("reset itself");
        runs = 0;
        h = sc_spawn([=] { say("  run %d", ++runs); wait(ns(1)); if (runs < 3) { sc_get_current_process_handle().reset(); say("  never"); } say("  ends"); }, "own2");
        wait(ns(10)); say("terminated=%d", h.terminated());
        section("disable itself");
        h = sc_spawn([=] { sc_get_current_process_handle().disable(); say("  disabled, goes on"); wait(e); say("  woke"); }, "own3");
        pulse(); h.enable(); say("enable"); pulse();
        section("kill while runnable");
        h = looper(); wait(ns(1)); e.notify(); h.kill(); say("killed"); wait(ns(1));
        section("reset while runnable");
        h = looper(); wait(ns(1)); e.notify(); h.reset(); say("reset"); wait(ns(1)); h.kill();
        section("suspend while runnable");
        h = looper(); wait(ns(1)); e.notify(); h.suspend(); say("suspended"); wait(ns(1)); h.resume(); say("resumed"); wait(ns(1)); h.kill();
        section("disable while runnable");
        h = looper(); wait(ns(1)); e.notify(); h.disable(); say("disabled"); pulse(); h.enable(); pulse(); h.kill();
        section("suspended, woken twice, runs once");
        h = looper(); wait(ns(1)); h.suspend(); pulse(); pulse(); h.resume(); wait(ns(1)); h.kill();
        section("suspend, resume with nothing in between");
        h = looper(); wait(ns(1)); h.suspend(); wait(ns(1)); h.resume(); say("resumed"); pulse(); h.kill();
        section("kill while suspended");
        h = looper(); wait(ns(1)); h.suspend(); h.kill(); say("terminated=%d", h.terminated()); wait(ns(1));
        section("reset while disabled");
        h = looper(); wait(ns(1)); h.disable(); h.reset(); say("reset"); pulse(); h.enable(); pulse(); h.kill();
        section("a wait for time, suspended");
        h = sc_spawn([=] { wait(ns(3)); say("  3 ns over"); wait(ns(3)); say("  6 ns over"); }, "t1");
        wait(ns(1)); h.suspend(); wait(ns(4)); say("resume"); h.resume(); wait(ns(5));
        section("throw into a wait for time");
        h = sc_spawn([=] { try { wait(ns(50)); } catch (const Stop&) { say("  caught"); } wait(ns(2)); say("  ends"); }, "t2");
        wait(ns(1)); h.throw_it(Stop{1}); say("thrown"); wait(ns(9));
        section("a thread that waits in its handler");
        h = sc_spawn([=] { for (;;) try { wait(e); say("  woke"); } catch (const Stop& s) { say("  caught %d", s.v); } }, "t3");
        wait(ns(1)); h.throw_it(Stop{1}); h.throw_it(Stop{2}); pulse(); h.kill();
        section("a method: suspend");
        m = method(); wait(ns(1)); m.suspend(); pulse(); say("resume"); m.resume(); wait(ns(1)); pulse();
        section("a method: disable");
        m.disable(); pulse(); say("enable"); m.enable(); pulse();
        section("a method: reset runs it");
        m.reset(); say("after reset"); pulse();
        section("a method: kill");
        m.kill(); say("terminated=%d", m.terminated()); pulse();
        section("a method: sync_reset_on");
        m = method(); m.sync_reset_on(); pulse(); m.sync_reset_off(); pulse(); m.kill();
        section("a method that kills itself");
        { sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&e); o.dont_initialize();
          m = sc_spawn([=] { say("  method"); sc_get_current_process_handle().kill(); say("  never"); }, "mk", &o); }
        pulse(); pulse(); say("terminated=%d", m.terminated());
        section("kill twice, and after the end");
        h = looper(); wait(ns(1)); h.kill(); h.kill(); h.suspend(); h.resume(); h.reset(); say("terminated=%d", h.terminated()); wait(ns(1));
        section("a process kills another, which kills the first");
        { sc_process_handle* a = new sc_process_handle; sc_process_handle* b = new sc_process_handle;
          *a = sc_spawn([=] { try { wait(e); say("  a kills b"); b->kill(); say("  a goes on"); wait(f); } catch (const sc_unwind_exception&) { say("  a unwinds"); throw; } });
          *b = sc_spawn([=] { try { wait(f); } catch (const sc_unwind_exception&) { say("  b unwinds"); throw; } });
          pulse(); a->kill(); wait(ns(1)); }
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

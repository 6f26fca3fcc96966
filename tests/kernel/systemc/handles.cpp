// What a process handle tells: kind, names, family, ends, unwinding, resets.
#include "log.h"
#include <algorithm>
#include <vector>
using namespace sc_core;

static const char* kind_of(const sc_process_handle& h) {
    switch (h.proc_kind()) { case SC_METHOD_PROC_: return "method"; case SC_THREAD_PROC_: return "thread"; default: return "other"; }
}

SC_MODULE(Top) {
    sc_event e{"e"}, f{"f"};
    sc_signal<bool> line{"line"}, quick{"quick"};
    sc_process_handle fixed, before, h;
    int runs = 0;
    SC_CTOR(Top) {
        SC_THREAD(rests); fixed = sc_get_current_process_handle();
        SC_METHOD(runs_once);
        SC_THREAD(drive);
        before = sc_spawn([=] { wait(f); }, "before");
    }
    void tell(const sc_process_handle& h) {
        std::string name = h.name();
        name = name.substr(name.rfind('.') + 1);
        say("  %s is a %s, dynamic %d, terminated %d, unwinding %d", name.c_str(), kind_of(h), h.dynamic(), h.terminated(), h.is_unwinding());
    }
    void rests() { tell(sc_get_current_process_handle()); wait(f); }
    void runs_once() { tell(sc_get_current_process_handle()); }
    void section(const char* text) { say("%s", text); }
    sc_process_handle listens(sc_process_handle p, const char* name) {
        return sc_spawn([=] { for (;;) { wait(p.reset_event()); say("  reset_event"); } }, name);
    }
    void looper(const char* text) {
        try { say("  %s starts", text); for (;;) { wait(e); say("  %s woke", text); } }
        catch (const sc_unwind_exception& u) { say("  %s unwinds, reset %d, unwinding %d", text, u.is_reset(), sc_is_unwinding()); tell(sc_get_current_process_handle()); throw; }
    }
    void drive() {
        section("kinds"); wait(ns(1)); tell(before); tell(fixed);
        h = sc_spawn([=] { looper("spawned"); }, "spawned"); tell(h);
        sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&e);
        sc_process_handle m = sc_spawn([=] { say("  method runs %d", ++runs); }, "method", &o); tell(m);
        wait(ns(1));
        section("reset"); listens(h, "l1"); wait(ns(1)); h.reset(); say("after reset"); wait(ns(1)); tell(h);
        section("kill"); sc_spawn([=] { wait(h.terminated_event()); say("  terminated_event"); }, "l2"); wait(ns(1));
        h.kill(); say("after kill"); tell(h); wait(ns(1));
        section("a method's reset"); listens(m, "l3"); wait(ns(1)); m.reset(); say("after reset"); wait(ns(1));
        section("reset lines");
        sc_spawn_options lines; lines.reset_signal_is(line, true); lines.async_reset_signal_is(quick, true);
        sc_process_handle r = sc_spawn([=] { looper("with lines"); }, "r", &lines); listens(r, "l4"); wait(ns(1));
        line = true; wait(ns(1)); say("line is on"); e.notify(); wait(ns(1)); line = false; wait(ns(1)); e.notify(); wait(ns(1));
        quick = true; wait(ns(1)); say("quick is on"); e.notify(); wait(ns(1)); quick = false; wait(ns(1)); e.notify(); wait(ns(1));
        section("sync_reset_on"); r.sync_reset_on(); wait(ns(1)); e.notify(); wait(ns(1)); r.sync_reset_off(); e.notify(); wait(ns(1));
        section("a method with a line");
        sc_spawn_options ml; ml.spawn_method(); ml.set_sensitivity(&e); ml.dont_initialize(); ml.reset_signal_is(line, true);
        sc_process_handle n = sc_spawn([=] { say("  method runs %d", ++runs); }, "n", &ml); listens(n, "l5"); wait(ns(1));
        line = true; wait(ns(1)); e.notify(); wait(ns(1)); line = false; wait(ns(1)); e.notify(); wait(ns(1)); n.kill(); r.kill(); m.kill(); wait(ns(1));
        section("resets itself"); runs = 0;
        sc_process_handle s = sc_spawn([=] { say("  run %d", ++runs); wait(ns(2)); if (runs < 3) try { sc_get_current_process_handle().reset(); } catch (const sc_unwind_exception& u) { say("  own reset %d", sc_is_unwinding()); throw; } }, "s");
        listens(s, "l6"); wait(ns(9)); tell(s);
        section("kills itself");
        sc_process_handle k = sc_spawn([=] { wait(ns(1)); try { sc_get_current_process_handle().kill(); } catch (const sc_unwind_exception& u) { say("  own kill, reset %d, unwinding %d", u.is_reset(), sc_is_unwinding()); throw; } }, "k");
        sc_spawn([=]() mutable { wait(k.terminated_event()); say("  terminated_event"); }, "l7"); wait(ns(3)); tell(k);
        section("two ends"); sc_process_handle a = sc_spawn([=] { wait(ns(1)); }, "a"), b = sc_spawn([=] { wait(ns(2)); }, "b");
        wait(a.terminated_event() & b.terminated_event()); say("both ended %d %d", a.terminated(), b.terminated());
        section("who is started by whom");
        sc_process_handle p = sc_spawn([=] { sc_spawn([=] { wait(ns(2)); }, "c1"); sc_spawn([=] { wait(ns(4)); }, "c2"); wait(ns(3)); }, "p");
        for (int i = 0; i < 3; i++) { wait(ns(1.5)); std::string text; if (p.valid()) for (auto* o : p.get_child_objects()) if (!sc_process_handle(o).terminated()) text += std::string(" ") + o->basename(); say("p has%s", text.c_str()); }
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

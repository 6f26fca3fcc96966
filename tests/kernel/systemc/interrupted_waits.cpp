// Kill, reset, throw_it, suspend and disable of processes that wait for lists, with and without time-outs.
#include "log.h"
using namespace sc_core;

struct Stop { int v; };

SC_MODULE(Top) {
    sc_event a{"a"}, b{"b"}, c{"c"};
    int step = 0, runs = 0;
    SC_CTOR(Top) { SC_THREAD(drive); }
    void section(const char* what) { wait(ns(100) * ++step - sc_time_stamp()); say("%s", what); }
    const char* fired() {
        static char text[4];
        std::sprintf(text, "%c%c%c", a.triggered() ? 'a' : '-', b.triggered() ? 'b' : '-', c.triggered() ? 'c' : '-');
        return text;
    }
    void body(int kind) {
        say("  starts");
        for (;;) try {
            switch (kind) {
                case 0: wait(a | b); break;
                case 1: wait(a & b); break;
                case 2: wait(ns(10), a | b); break;
                case 3: wait(ns(10), a & b); break;
                case 4: wait(ns(10)); break;
                default: wait(); break;
            }
            say("  woke %s", fired());
        } catch (const Stop& s) { say("  caught %d %s", s.v, fired()); }
    }
    sc_process_handle waiter(int kind) {
        sc_spawn_options o; o.set_sensitivity(&c);
        return sc_spawn([=] { body(kind); }, sc_gen_unique_name("w"), &o);
    }
    void drive() {
        sc_process_handle h, g;
        static const char* names[] = {"any", "all", "any or 10 ns", "all or 10 ns", "10 ns", "static"};
        for (int kind = 0; kind < 6; kind++) {
            section(names[kind]);
            h = waiter(kind); wait(ns(1)); a.notify(); wait(ns(2)); say("throw"); h.throw_it(Stop{1}); wait(ns(2)); b.notify(); wait(ns(1)); a.notify(); c.notify(); wait(ns(30));
            say("reset"); h.reset(); wait(ns(3)); b.notify(); wait(ns(1)); h.reset(); a.notify(); wait(ns(1)); b.notify(); c.notify(); wait(ns(4));
            say("kill"); h.kill(); a.notify(); b.notify(); c.notify(); wait(ns(20));
            section("suspended");
            h = waiter(kind); wait(ns(1)); h.suspend(); a.notify(); wait(ns(1)); b.notify(); c.notify(ns(3)); wait(ns(20)); say("resume"); h.resume(); wait(ns(2)); say("pulse"); a.notify(); b.notify(); c.notify(); wait(ns(12)); h.kill();
            section("suspended and resumed in the delta cycle of the event");
            h = waiter(kind); wait(ns(1)); h.suspend(); a.notify(SC_ZERO_TIME); b.notify(SC_ZERO_TIME); c.notify(SC_ZERO_TIME); wait(a); h.resume(); say("resumed"); wait(ns(1)); h.kill();
        }
        section("thrown into two that wait for the same, one after the other");
        h = waiter(0); g = waiter(1); wait(ns(1)); a.notify(SC_ZERO_TIME); h.throw_it(Stop{1}); g.throw_it(Stop{2}); say("thrown"); wait(ns(1)); b.notify(); wait(ns(1)); a.notify(); wait(ns(1)); h.kill(); g.kill();
        section("who is thrown at throws at another");
        h = waiter(0); { sc_process_handle t = h; g = sc_spawn([=]() mutable { try { wait(c); } catch (const Stop&) { say("  passes it on"); t.throw_it(Stop{3}); say("  passed"); } }, "g"); }
        wait(ns(1)); g.throw_it(Stop{1}); say("thrown"); wait(ns(1)); a.notify(); wait(ns(1)); h.kill();
        section("killed by who it woke with");
        h = waiter(0); { sc_process_handle t = h; g = sc_spawn([=]() mutable { wait(c); say("  kills"); t.kill(); }, "k"); } wait(ns(1)); c.notify(SC_ZERO_TIME); wait(ns(1)); a.notify(); say("terminated %d", h.terminated()); wait(ns(1));
        section("disabled and enabled around a list");
        h = waiter(0); wait(ns(1)); h.disable(); a.notify(); wait(ns(1)); h.enable(); wait(ns(1)); b.notify(); wait(ns(1)); h.kill();
        section("disabled and enabled around all of a list");
        h = waiter(1); wait(ns(1)); a.notify(); wait(ns(1)); h.disable(); b.notify(); wait(ns(1)); h.enable(); wait(ns(1)); b.notify(); wait(ns(1)); a.notify(); b.notify(); wait(ns(1)); h.kill();
        section("a method with a trigger");
        { sc_spawn_options o; o.spawn_method(); o.set_sensitivity(&c); o.dont_initialize();
          h = sc_spawn([=] { say("  method %d %s", ++runs, fired()); if (runs % 2) next_trigger(ns(10), a & b); }, "m", &o); }
        wait(ns(1)); c.notify(); wait(ns(1)); a.notify(); c.notify(); wait(ns(1)); b.notify(); wait(ns(1));
        say("reset while it waits"); c.notify(); wait(ns(1)); h.reset(); wait(ns(1)); a.notify(); b.notify(); wait(ns(1)); c.notify(); wait(ns(20));
        say("suspended while it waits"); c.notify(); wait(ns(1)); h.suspend(); wait(ns(12)); say("resume"); h.resume(); wait(ns(1));
        say("killed while it waits"); c.notify(); wait(ns(1)); c.notify(); wait(ns(1)); h.kill(); wait(ns(20));
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

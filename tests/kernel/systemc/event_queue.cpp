// sc_event_queue: every notification fires and takes a delta cycle, also when nobody waits.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_event_queue q{"q"}, r{"r"}, s{"s"};
    sc_event e{"e"};
    int runs = 0, again = 0;
    SC_CTOR(Top) {
        SC_METHOD(heard); sensitive << r; dont_initialize();
        SC_METHOD(feeds_itself); sensitive << s; dont_initialize();
        SC_THREAD(drive);
    }
    void heard() { say("r %d", ++runs); }
    void feeds_itself() {
        say("s %d", ++again);
        if (again < 4) s.notify(SC_ZERO_TIME);
        if (again == 4) s.notify(ns(2));
    }
    void waiter(int count) {
        for (int i = 0; i < count; i++) { wait(q.default_event()); say("  q triggered %d", q.default_event().triggered()); }
    }
    void drive() {
        say("nobody waits"); q.notify(ns(5)); q.notify(ns(5)); q.notify(ns(5)); wait(ns(20));
        say("nobody waits, delta"); q.notify(SC_ZERO_TIME); q.notify(SC_ZERO_TIME); wait(ns(10));
        say("nobody waits, other times"); q.notify(ns(3)); q.notify(ns(1)); q.notify(ns(2)); q.notify(ns(1)); wait(ns(10));
        say("somebody from the second on");
        q.notify(ns(5)); q.notify(ns(5)); q.notify(ns(5));
        sc_spawn([=] { wait(ns(5)); say("  begins"); waiter(2); }); wait(ns(10));
        say("somebody for the first only"); q.notify(ns(5)); q.notify(ns(5)); q.notify(ns(5)); q.notify(ns(6));
        sc_spawn([=] { waiter(1); }); wait(ns(10));
        say("notified by who was woken");
        sc_spawn([=] { wait(q.default_event()); q.notify(SC_ZERO_TIME); say("  woken once"); waiter(2); say("  woken all"); });
        q.notify(ns(4)); q.notify(ns(4)); wait(ns(10));
        say("cancelled by who was woken");
        sc_spawn([=] { wait(q.default_event()); q.cancel_all(); say("  cancelled"); waiter(1); });
        q.notify(ns(4)); q.notify(ns(4)); q.notify(ns(5)); wait(ns(10));
        say("the one it waited for"); q.notify(ns(1)); wait(ns(10));
        say("an earlier one after a later one, while a delta is pending");
        q.notify(ns(7)); q.notify(SC_ZERO_TIME); q.notify(ns(2)); q.notify(SC_ZERO_TIME);
        sc_spawn([=] { waiter(4); }); wait(ns(10));
        say("any of queue and event");
        sc_spawn([=] { wait(q.default_event() | e); say("  %d %d", q.default_event().triggered(), e.triggered());
                       wait(q.default_event() & e); say("  %d %d", q.default_event().triggered(), e.triggered());
                       wait(ns(2), q.default_event()); say("  %d %d", q.default_event().triggered(), e.triggered()); });
        e.notify(ns(1)); q.notify(ns(1)); q.notify(ns(2)); q.notify(ns(2)); e.notify(ns(1)); wait(ns(3)); e.notify(); wait(ns(10));
        say("sensitive to r"); r.notify(ns(1)); r.notify(ns(1)); r.notify(SC_ZERO_TIME); wait(ns(10));
        r.notify(ns(1)); r.cancel_all(); r.notify(ns(2)); wait(ns(10));
        say("s feeds itself"); s.notify(ns(1)); wait(ns(10));
        say("with a wait of no time"); q.notify(SC_ZERO_TIME); wait(SC_ZERO_TIME); say("one delta later %d", q.default_event().triggered());
        q.notify(SC_ZERO_TIME); q.notify(SC_ZERO_TIME); wait(SC_ZERO_TIME); say("one"); wait(SC_ZERO_TIME); say("two"); wait(SC_ZERO_TIME); say("three");
        say("ends");
    }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

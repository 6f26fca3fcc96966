// Waiting for lists of events, with and without time-outs, in threads and methods.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_event a{"a"}, b{"b"}, c{"c"};
    sc_signal<int> s{"s"};
    int step = 0;
    SC_CTOR(Top) {
        SC_THREAD(lists);
        SC_THREAD(counted); sensitive << s;
        SC_THREAD(late);
        SC_METHOD(once); dont_initialize(); sensitive << c;
        SC_THREAD(drive);
    }
    const char* fired() {
        static char text[4];
        std::sprintf(text, "%c%c%c", a.triggered() ? 'a' : '-', b.triggered() ? 'b' : '-', c.triggered() ? 'c' : '-');
        return text;
    }
    void lists() {
        wait(a | b); say("a | b: %s", fired());
        wait(a & b); say("a & b: %s", fired());
        wait(a & a); say("a & a: %s", fired());
        wait(ns(3), a | b); say("within 3 ns, a | b: %s", fired());
        wait(ns(5), a & b); say("within 5 ns, a & b: %s", fired());
        wait(ns(4), a); say("a at the same time as the time-out: %s", fired());
        wait(SC_ZERO_TIME, a); say("zero time-out: %s", fired());
        wait(SC_ZERO_TIME, a); say("zero time-out, and a in that delta: %s", fired());
        sc_event_or_list any; any |= a; any |= b; any |= c;
        wait(any); say("list of three: %s", fired());
        sc_event_and_list all; all &= a; all &= b; all &= c;
        wait(all); say("all three: %s", fired());
        wait(ns(2), all); say("all three within 2 ns: %s", fired());
        wait(ns(1)); say("lists ends");
    }
    void counted() {
        wait(); say("s=%d", s.read());
        wait(2); say("wait(2) s=%d", s.read());
        wait(1); say("wait(1) s=%d", s.read());
    }
    void late() {
        wait(ns(70)); wait(a); say("late: never");
    }
    void once() {
        if (step == 0) { say("once: c"); next_trigger(a & b); }
        if (step == 1) { say("once: a & b %s", fired()); next_trigger(ns(2), a | c); }
        if (step == 2) { say("once: a | c within 2 ns %s", fired()); next_trigger(ns(1), a & c); }
        if (step == 3) { say("once: a & c within 1 ns %s", fired()); next_trigger(ns(0), a); }
        if (step == 4) { say("once: a within 0 ns %s", fired()); next_trigger(ns(6), b); next_trigger(a | b); }
        if (step == 5) { say("once: last call wins %s", fired()); }
        if (step == 6) { say("once: static again %s", fired()); }
        step++;
    }
    void drive() {
        wait(ns(5)); say("a, b together"); a.notify(SC_ZERO_TIME); b.notify(SC_ZERO_TIME);
        wait(ns(5)); say("b"); b.notify(); s = 1;
        wait(ns(5)); say("a, a"); a.notify(); wait(SC_ZERO_TIME); a.notify(); s = 2;
        wait(ns(5)); say("a twice"); a.notify(); s = 3;
        wait(ns(5)); say("nothing");
        wait(ns(5)); say("b"); b.notify(); s = 4;
        // lists() began its 4 ns somewhere above: fire a every ns from here
        for (int i = 0; i < 12; i++) { wait(ns(1)); a.notify(SC_ZERO_TIME); if (i % 3 == 0) b.notify(); }
        wait(ns(1)); say("c"); c.notify();
        wait(ns(1)); say("b then a"); b.notify(); wait(ns(1)); a.notify();
        wait(ns(1)); say("c, a"); c.notify(ns(1)); a.notify(ns(1));
        wait(ns(3)); say("c"); c.notify(); wait(ns(1)); a.notify(); wait(ns(1)); b.notify();
        wait(ns(5)); say("a"); a.notify(); wait(ns(1)); c.notify();
        wait(ns(9)); c.notify();
        wait(ns(9)); say("drive ends");
    }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

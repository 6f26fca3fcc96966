// Clocked threads, threads and methods with synchronous and asynchronous resets.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_in<bool> clock{"clock"};
    sc_signal<bool> sync{"sync"}, async{"async"}, low{"low", true};
    sc_signal<int> out{"out"};
    SC_CTOR(Top) {
        SC_CTHREAD(sync_thread, clock.pos()); reset_signal_is(sync, true);
        SC_CTHREAD(async_thread, clock.pos()); async_reset_signal_is(async, true);
        SC_CTHREAD(both, clock.neg()); reset_signal_is(low, false); async_reset_signal_is(async, true);
        SC_CTHREAD(three, clock.pos());
        SC_THREAD(thread); sensitive << clock.pos(); async_reset_signal_is(async, true);
        SC_THREAD(waits); dont_initialize(); sensitive << clock.pos(); reset_signal_is(sync, true);
        SC_METHOD(method); dont_initialize(); sensitive << clock.neg(); async_reset_signal_is(async, true);
        SC_METHOD(flop); dont_initialize(); sensitive << clock.pos(); reset_signal_is(sync, true);
        SC_THREAD(drive);
    }
    void sync_thread() { say("sync_thread starts"); for (int i = 1;; i++) { wait(); say("sync_thread %d", i); } }
    void async_thread() { say("async_thread starts"); for (int i = 1;; i++) { wait(); say("async_thread %d", i); } }
    void both() { say("both starts"); for (int i = 1;; i++) { wait(); say("both %d", i); } }
    void three() { say("three starts"); for (;;) { wait(3); say("three"); } }
    void thread() { say("thread starts"); for (int i = 1;; i++) { wait(); say("thread %d", i); } }
    void waits() { say("waits starts"); for (;;) { wait(ns(3)); say("waits 3 ns"); wait(); } }
    void method() { say("method async=%d", async.read()); }
    void flop() { if (sync) { say("flop reset"); out = 0; } else { out = out + 1; say("flop out=%d", out.read()); } }
    void drive() {
        wait(ns(23)); say("sync on"); sync = true;
        wait(ns(20)); say("sync off"); sync = false;
        wait(ns(10)); say("async on"); async = true;
        wait(ns(14)); say("async off"); async = false;
        wait(ns(10)); say("low on"); low = false;
        wait(ns(3)); say("async on, low off"); low = true; async = true;
        wait(ns(1)); say("async off"); async = false;
        wait(ns(2)); say("sync glitch"); sync = true; wait(ns(1)); sync = false;
    }
};

int sc_main(int, char**) {
    tell_reports();
    sc_clock clock("clock", ns(10), 0.5, ns(5));
    Top top("top");
    top.clock(clock);
    sc_start(ns(121));
    say("end");
    return 0;
}

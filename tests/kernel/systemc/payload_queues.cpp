// Payload event queues: order at one time, items put in while others come out, cancellation.
#include "log.h"
#include <tlm>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/peq_with_get.h>
using namespace sc_core;
using namespace tlm;

SC_MODULE(Top) {
    tlm_utils::peq_with_get<int> get{"get"};
    tlm_utils::peq_with_cb_and_phase<Top> call{this, &Top::called};
    tlm_generic_payload items[8]; int numbers[32]; int step = 0, left = 0; bool greedy = true;
    SC_CTOR(Top) { for (int i = 0; i < 8; i++) items[i].set_address(i); for (int i = 0; i < 32; i++) numbers[i] = i; SC_THREAD(drive); SC_THREAD(taker); }
    void section(const char* what) { wait(ns(100) * ++step - sc_time_stamp()); say("%s", what); }
    void called(tlm_generic_payload& t, const tlm_phase& p) {
        say("  called %d phase %d", (int)t.get_address(), (int)(unsigned)p);
        if (left > 0 && t.get_address() == 7) { left--; call.notify(t, p, left % 2 ? SC_ZERO_TIME : ns(2)); }
        if (t.get_address() == 6) { call.cancel_all(); say("  cancelled"); }
    }
    void taker() {
        for (;;) {
            wait(get.get_event()); say("  event");
            while (int* n = get.get_next_transaction()) { say("  got %d", *n); if (!greedy) break; }
        }
    }
    void put(int n, double delay) { get.notify(numbers[n], ns(delay)); }
    void ring(int n, const tlm_phase& p, double delay) { call.notify(items[n], p, ns(delay)); }
    void drive() {
        section("get: order of times"); put(1, 5); put(2, 3); put(3, 5); put(4, 1); wait(ns(10));
        section("get: at one time"); put(1, 2); put(2, 2); put(3, 2); wait(ns(10));
        section("get: now"); get.notify(numbers[1]); say("notified"); wait(ns(1)); get.notify(numbers[2]); get.notify(numbers[3]); wait(ns(1));
        section("get: now, while another is pending"); put(1, 4); wait(ns(1)); get.notify(numbers[2]); wait(ns(10));
        section("get: no time"); put(1, 0); put(2, 0); say("notified"); wait(ns(1));
        section("get: an earlier one after a later one"); put(1, 6); wait(ns(1)); put(2, 2); wait(ns(10));
        section("get: one call at a time"); greedy = false; put(1, 1); put(2, 1); put(3, 4); wait(ns(10)); put(4, 1); wait(ns(10)); greedy = true; put(5, 1); wait(ns(10));
        section("get: cancelled"); put(1, 2); put(2, 4); wait(ns(3)); get.cancel_all(); wait(ns(5)); put(3, 1); wait(ns(5));
        section("call: order of times"); ring(1, BEGIN_REQ, 5); ring(2, END_REQ, 3); ring(3, BEGIN_RESP, 5); ring(1, END_RESP, 1); wait(ns(10));
        section("call: at one time"); ring(3, BEGIN_REQ, 2); ring(1, BEGIN_REQ, 2); ring(3, END_REQ, 2); wait(ns(10));
        section("call: no time"); ring(1, BEGIN_REQ, 0); ring(2, BEGIN_REQ, 0); say("notified"); wait(SC_ZERO_TIME); say("a delta later"); wait(ns(1));
        section("call: now"); call.notify(items[1], BEGIN_REQ); say("notified"); wait(SC_ZERO_TIME); say("a delta later"); wait(ns(1));
        section("call: no time in two delta cycles"); ring(1, BEGIN_REQ, 0); wait(SC_ZERO_TIME); ring(2, BEGIN_REQ, 0); wait(SC_ZERO_TIME); say("two delta cycles later"); wait(ns(1));
        section("call: a time that ends where another begins"); ring(1, BEGIN_REQ, 3); wait(ns(1)); ring(2, BEGIN_REQ, 2); wait(ns(2)); ring(3, BEGIN_REQ, 0); wait(ns(5));
        section("call: what is called puts in more"); left = 5; ring(7, BEGIN_REQ, 1); ring(1, BEGIN_REQ, 1); wait(ns(30));
        section("call: cancelled"); ring(1, BEGIN_REQ, 2); ring(2, BEGIN_REQ, 4); ring(3, BEGIN_REQ, 0); wait(ns(3)); call.cancel_all(); wait(ns(5)); ring(4, BEGIN_REQ, 1); wait(ns(5));
        section("call: cancelled by what is called"); ring(6, BEGIN_REQ, 1); ring(1, BEGIN_REQ, 2); wait(ns(5)); ring(2, BEGIN_REQ, 1); wait(ns(5));
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

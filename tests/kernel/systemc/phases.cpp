// Status, delta counts, pausing and stopping seen by threads and methods.
#include "log.h"
using namespace sc_core;

static const char* status() {
    switch (sc_get_status()) {
        case SC_ELABORATION: return "ELABORATION";
        case SC_BEFORE_END_OF_ELABORATION: return "BEFORE_END_OF_ELABORATION";
        case SC_END_OF_ELABORATION: return "END_OF_ELABORATION";
        case SC_START_OF_SIMULATION: return "START_OF_SIMULATION";
        case SC_RUNNING: return "RUNNING";
        case SC_PAUSED: return "PAUSED";
        case SC_STOPPED: return "STOPPED";
        case SC_END_OF_SIMULATION: return "END_OF_SIMULATION";
        default: return "other";
    }
}
SC_MODULE(Top) {
    sc_signal<int> s{"s"}; sc_event e{"e"}, late{"late"};
    SC_CTOR(Top) { say("constructor %s", status()); SC_METHOD(on_s); sensitive << s; SC_METHOD(on_e); sensitive << e; dont_initialize(); SC_THREAD(run); SC_THREAD(waits); }
    void before_end_of_elaboration() override { say("before_end_of_elaboration %s", status()); }
    void end_of_elaboration() override { say("end_of_elaboration %s", status()); s = 5; }
    void start_of_simulation() override { say("start_of_simulation %s", status()); late.notify(ns(7)); e.notify(SC_ZERO_TIME); }
    void end_of_simulation() override { say("end_of_simulation %s", status()); }
    void on_s() { say("s=%d %s", s.read(), status()); }
    void on_e() { say("e"); }
    void run() {
        say("run"); s = 1; wait(SC_ZERO_TIME); say("s=%d", s.read());
        wait(ns(5)); sc_pause(); s = 2; e.notify(); say("paused at the end of this delta"); wait(SC_ZERO_TIME); say("goes on s=%d", s.read());
        wait(ns(5)); sc_pause(); sc_pause(); wait(ns(5)); say("after two pauses");
        s = 3; e.notify(SC_ZERO_TIME); sc_stop(); say("stop called %s", status()); e.notify(); wait(SC_ZERO_TIME); say("never");
    }
    void waits() { wait(late); say("late"); }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    say("built %s", status());
    sc_start(ns(2)); say("2 ns %s", status());
    sc_start(ns(20)); say("paused %s", status());
    sc_start(ns(1)); say("1 ns more %s", status());
    sc_start(); say("paused again %s", status());
    sc_start(ns(50)); say("stopped %s s=%d", status(), top.s.read());
    return 0;
}

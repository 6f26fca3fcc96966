// Wires of several drivers, vectors of them, buffers and their edges, writers that end.
#include "log.h"
using namespace sc_core;
using namespace sc_dt;

SC_MODULE(Top) {
    sc_signal_resolved w{"w"}; sc_signal_rv<4> v{"v"}; sc_buffer<bool> f{"f"}; sc_signal<bool> s{"s"};
    sc_event go[3]; sc_process_handle drivers[3]; int turn[3] = {0, 0, 0}; int step = 0;
    SC_CTOR(Top) {
        for (int i = 0; i < 3; i++) drivers[i] = sc_spawn([this, i] { driver(i); }, ("d" + std::to_string(i)).c_str());
        SC_METHOD(changed); sensitive << w; dont_initialize();
        SC_METHOD(rises); sensitive << w.posedge_event(); dont_initialize();
        SC_METHOD(falls); sensitive << w.negedge_event(); dont_initialize();
        SC_METHOD(vector); sensitive << v; dont_initialize();
        SC_METHOD(buffer); sensitive << f; dont_initialize();
        SC_METHOD(buffer_rises); sensitive << f.posedge_event(); dont_initialize();
        SC_METHOD(buffer_falls); sensitive << f.negedge_event(); dont_initialize();
        SC_METHOD(plain); sensitive << s; dont_initialize();
        SC_THREAD(drive);
    }
    void changed() { say("  w=%c event %d", w.read().to_char(), w.event()); }
    void rises() { say("  w rises"); }
    void falls() { say("  w falls"); }
    void vector() { say("  v=%s", v.read().to_string().c_str()); }
    void buffer() { say("  f=%d event %d posedge %d negedge %d", f.read(), f.event(), f.posedge(), f.negedge()); }
    void buffer_rises() { say("  f rises"); }
    void buffer_falls() { say("  f falls"); }
    void plain() { say("  s=%d posedge %d negedge %d", s.read(), s.posedge(), s.negedge()); }
    void driver(int i) {
        static const char* bits[3] = {"01Z10XZ01", "0ZZ1ZZZ0Z", "ZZ1Z1Z0ZZ"};
        static const char* words[3][9] = {{"0000", "ZZZZ", "1010", "XX10", "ZZZZ", "0101", "ZZZZ", "1111", "0000"},
                                          {"ZZZZ", "1100", "1010", "ZZZZ", "1Z0Z", "ZZZZ", "ZZZZ", "0000", "0000"},
                                          {"ZZZZ", "0011", "ZZZZ", "0011", "Z1Z0", "0101", "ZZZZ", "ZZZZ", "1000"}};
        for (;;) { wait(go[i]); int n = turn[i]++ % 9; w.write(sc_logic(bits[i][n])); v.write(sc_lv<4>(words[i][n])); }
    }
    void pulse(int i) { go[i].notify(); wait(ns(1)); }
    void drive() {
        say("begins %c %s", w.read().to_char(), v.read().to_string().c_str());
        for (int n = 0; n < 9; n++) { say("turn %d", n); for (int i = 0; i < 3; i++) pulse((i + n) % 3); }
        say("all at once"); for (int n = 0; n < 9; n++) { for (int i = 0; i < 3; i++) go[i].notify(); wait(ns(1)); say("w=%c v=%s", w.read().to_char(), v.read().to_string().c_str()); }
        say("a driver ends"); drivers[1].kill(); wait(ns(1)); for (int n = 0; n < 3; n++) { pulse(0); pulse(2); }
        say("the buffer"); for (bool b : {false, true, true, false, false}) { f = b; wait(ns(1)); }
        f = true; f = false; wait(ns(1)); f = true; wait(SC_ZERO_TIME); f = true; wait(SC_ZERO_TIME); f = false; wait(ns(1));
        say("the signal"); for (bool b : {false, true, true, false}) { s = b; wait(SC_ZERO_TIME); } s = true; s = false; wait(SC_ZERO_TIME); s = true; wait(ns(1));
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

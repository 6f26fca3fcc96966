// sc_fifo: counts, events, blocking and non-blocking calls, several readers.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_fifo<int> f{"f", 2}, g{"g", 1}, h{"h", 3};
    SC_CTOR(Top) {
        SC_THREAD(writer); SC_THREAD(reader);
        SC_THREAD(slow); SC_THREAD(quick);
        SC_THREAD(one); SC_THREAD(two); SC_THREAD(feeder);
        SC_METHOD(written); sensitive << f.data_written_event(); dont_initialize();
        SC_METHOD(taken); sensitive << f.data_read_event(); dont_initialize();
    }
    void count(const char* text) { say("%s: available %d free %d", text, f.num_available(), f.num_free()); }
    void written() { count("data_written"); }
    void taken() { count("data_read"); }
    void writer() {
        count("empty");
        for (int i = 1; i <= 5; i++) { f.write(i); count("wrote"); }
        wait(ns(10)); say("nb_write %d", f.nb_write(6)); count("after nb_write");
        say("nb_write %d", f.nb_write(7)); say("nb_write %d", f.nb_write(8)); count("full");
        wait(SC_ZERO_TIME); count("a delta later");
    }
    void reader() {
        int x = -1;
        say("nb_read %d x=%d", f.nb_read(x), x);
        wait(ns(1)); count("before reading");
        for (int i = 0; i < 3; i++) { int v = f.read(); say("read %d", v); count("read"); }
        wait(ns(1)); x = f.read(); say("read %d", x); x = f.read(); say("read %d", x);
        wait(ns(20)); say("nb_read %d x=%d", f.nb_read(x), x);
        say("nb_read %d x=%d", f.nb_read(x), x); say("nb_read %d x=%d", f.nb_read(x), x);
        count("emptied"); f.write(9); count("wrote in the same delta");
        wait(SC_ZERO_TIME); count("a delta later");
        wait(SC_ZERO_TIME); count("two deltas later");
        wait(f.data_read_event()); say("never");
    }
    void slow() { for (int i = 0; i < 4; i++) { wait(ns(3)); int v = g.read(); say("slow read %d", v); } }
    void quick() { for (int i = 0; i < 4; i++) { g.write(10 + i); say("quick wrote %d", 10 + i); } }
    void one() { for (int i = 0; i < 2; i++) { int v = h.read(); say("a reader got %d", v); wait(ns(2)); } }
    void two() { wait(SC_ZERO_TIME); for (int i = 0; i < 2; i++) { int v = h.read(); say("a reader got %d", v); wait(ns(2)); } }
    void feeder() { wait(ns(40)); h.write(20); wait(ns(1)); h.write(21); h.write(22); wait(ns(9)); h.write(23); }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

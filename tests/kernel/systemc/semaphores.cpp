// Counting semaphore, mutex, event queue, buffer, and signals of many writers, each alone.
#include "log.h"
using namespace sc_core;

SC_MODULE(Top) {
    sc_semaphore pool{"pool", 2}; sc_mutex m{"m"}; sc_event_queue q{"q"};
    sc_buffer<int> b{"b"}; sc_signal<int, SC_MANY_WRITERS> many{"many"}; sc_signal<int, SC_UNCHECKED_WRITERS> last{"last"};
    sc_signal<bool> flag{"flag"};
    SC_CTOR(Top) {
        for (int i = 0; i < 3; i++) sc_spawn([=] { user(i); });
        SC_THREAD(owner); SC_THREAD(other);
        SC_METHOD(queue); sensitive << q; dont_initialize();
        SC_METHOD(buffer); sensitive << b; dont_initialize();
        SC_METHOD(changed); sensitive << many << last; dont_initialize();
        SC_METHOD(flags); sensitive << flag; dont_initialize();
        SC_METHOD(rises); sensitive << flag.posedge_event(); dont_initialize();
        SC_THREAD(drive); SC_THREAD(second);
    }
    void user(int i) {
        wait(ns(1 + i)); say("user %d wants one of %d", i, pool.get_value()); pool.wait(); say("user %d has one, left %d", i, pool.get_value());
        wait(ns(10)); pool.post(); say("user %d gave it back, left %d", i, pool.get_value());
    }
    void owner() {
        wait(ns(50)); say("lock"); m.lock(); say("trylock by the owner %d", m.trylock() == 0 ? 1 : 1);
        wait(ns(4)); m.unlock(); say("unlocked");
    }
    void other() {
        wait(ns(51)); say("trylock %d", m.trylock()); m.lock(); say("other has it"); wait(ns(1)); m.unlock();
        say("semaphore trywait %d %d %d", pool.trywait(), pool.trywait(), pool.trywait()); pool.post(); pool.post(); pool.post();
        say("value %d", pool.get_value());
    }
    void queue() { say("queue"); }
    void buffer() { say("b=%d event=%d", b.read(), b.event()); }
    void changed() { say("many=%d last=%d", many.read(), last.read()); }
    void flags() { say("flag=%d posedge=%d negedge=%d", flag.read(), flag.posedge(), flag.negedge()); }
    void rises() { say("flag rises"); }
    void drive() {
        wait(ns(100)); q.notify(ns(3)); q.notify(ns(1)); q.notify(ns(3)); q.notify(SC_ZERO_TIME); q.notify(SC_ZERO_TIME);
        wait(ns(2)); q.notify(ns(1)); say("one more at 103");
        wait(ns(8)); q.notify(ns(1)); q.notify(ns(2)); q.cancel_all(); say("cancelled");
        wait(ns(10)); b = 0; wait(ns(1)); b = 0; b = 5; wait(SC_ZERO_TIME); b = 5; wait(SC_ZERO_TIME);
        wait(ns(9)); many = 1; last = 1; wait(ns(1)); many = 2; wait(SC_ZERO_TIME); many = 3; wait(SC_ZERO_TIME); last = 7; last = 1;
        wait(ns(5)); flag = true; wait(SC_ZERO_TIME); flag = true; wait(SC_ZERO_TIME); flag = false; flag = true; wait(SC_ZERO_TIME); flag = false; wait(SC_ZERO_TIME);
        say("drive ends");
    }
    void second() { wait(ns(131)); last = 2; wait(ns(1)); last = 3; wait(SC_ZERO_TIME); many = 4; }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

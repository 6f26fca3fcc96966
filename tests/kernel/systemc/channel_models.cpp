// Runs the models of channel_models.txt: threads and methods on event queues, a clock, boolean signals,
// buffers and fifos. Each channel has one writer and each fifo one reader, so that no order is a matter of chance.
#include "log.h"
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
using namespace sc_core;

struct Order { char what; int a, b; };
struct Part { char kind; int initialize; std::vector<int> sensitive; std::vector<Order> orders; };
struct Model { int queues, flags, buffers, fifos; std::vector<Part> parts; };

static Model read(std::istream& in) {
    Model m; int parts; in >> m.queues >> m.flags >> m.buffers >> m.fifos >> parts;
    for (int p = 0; p < parts; p++) {
        Part part; int n; in >> part.kind >> part.initialize;
        for (in >> n; n--;) { int x; in >> x; part.sensitive.push_back(x); }
        for (in >> n; n--;) { Order o; in >> o.what >> o.a >> o.b; part.orders.push_back(o); }
        m.parts.push_back(part);
    }
    return m;
}
template <typename T> static void make(std::vector<std::unique_ptr<T>>& all, int count, const char* name) {
    for (int i = 0; i < count; i++) all.emplace_back(new T((name + std::to_string(i)).c_str()));
}

struct Running : sc_module {
    Model model;
    std::vector<std::unique_ptr<sc_event_queue>> queues;
    std::vector<std::unique_ptr<sc_signal<bool>>> flags;
    std::vector<std::unique_ptr<sc_buffer<int>>> buffers;
    std::vector<std::unique_ptr<sc_fifo<int>>> fifos;
    sc_clock clock;
    std::vector<const sc_event*> events;
    std::vector<size_t> turn;
    Running(sc_module_name name, const Model& m) : sc_module(name), model(m), clock("clock", ns(4), 0.25, ns(3)), turn(m.parts.size(), 0) {
        make(queues, m.queues, "q"); make(flags, m.flags, "f"); make(buffers, m.buffers, "b");
        for (int i = 0; i < m.fifos; i++) fifos.emplace_back(new sc_fifo<int>(("fifo" + std::to_string(i)).c_str(), 1 + i));
        for (auto& q : queues) events.push_back(&q->default_event());
        for (auto& f : flags) { events.push_back(&f->value_changed_event()); events.push_back(&f->posedge_event()); events.push_back(&f->negedge_event()); }
        for (auto& b : buffers) events.push_back(&b->value_changed_event());
        events.push_back(&clock.posedge_event()); events.push_back(&clock.negedge_event());
        for (size_t i = 0; i < m.parts.size(); i++) {
            const Part& part = m.parts[i]; sc_spawn_options o;
            for (int e : part.sensitive) o.set_sensitivity(events[e]);
            if (!part.initialize) o.dont_initialize();
            if (part.kind == 'm') { o.spawn_method(); sc_spawn([this, i] { method(i); }, ("p" + std::to_string(i)).c_str(), &o); }
            else sc_spawn([this, i] { thread(i); }, ("p" + std::to_string(i)).c_str(), &o);
        }
    }
    sc_time aligned(int k) { return ns(k); }
    void tell(size_t i, char what, int value = 0) {
        std::string seen;
        for (auto* e : events) seen += e->triggered() ? 'x' : '-';
        for (auto& f : flags) seen += std::string(" ") + (f->read() ? "1" : "0") + (f->event() ? "!" : "") + (f->posedge() ? "^" : "") + (f->negedge() ? "v" : "");
        for (auto& b : buffers) seen += " " + std::to_string(b->read()) + (b->event() ? "!" : "");
        seen += clock.read() ? " high" : " low";
        say("p%d %c %d %s", (int)i, what, value, seen.c_str());
    }
    sc_event_or_list& any(int mask) {
        sc_event_or_list& l = *new sc_event_or_list;
        for (size_t e = 0; e < events.size(); e++) if (mask >> e & 1) l |= *events[e];
        return l;
    }
    sc_event_and_list& all(int mask) {
        sc_event_and_list& l = *new sc_event_and_list;
        for (size_t e = 0; e < events.size(); e++) if (mask >> e & 1) l &= *events[e];
        return l;
    }
    void thread(size_t i) {
        tell(i, 's');
        for (size_t n = 0;; n++) {
            const Order& o = model.parts[i].orders[n % model.parts[i].orders.size()];
            int v = 0;
            switch (o.what) {
                case 'W': if (o.a) wait(aligned(o.a)); else wait(SC_ZERO_TIME); break;
                case 'E': wait(*events[o.a]); break;
                case 'O': wait(any(o.a)); break;
                case 'A': wait(all(o.a)); break;
                case 'T': wait(aligned(o.a), any(o.b)); break;
                case 'U': wait(aligned(o.a), all(o.b)); break;
                case 'F': wait(); break;
                case 'V': wait(o.a); break;
                case 'Q': if (o.b) queues[o.a]->notify(aligned(o.b)); else queues[o.a]->notify(SC_ZERO_TIME); continue;
                case 'K': queues[o.a]->cancel_all(); continue;
                case 'S': flags[o.a]->write(o.b); continue;
                case 'B': buffers[o.a]->write(o.b); continue;
                case 'w': fifos[o.a]->write(o.b); v = fifos[o.a]->num_free(); break;
                case 'r': v = 100 * fifos[o.a]->read(); v += fifos[o.a]->num_available(); break;
                case 'x': v = fifos[o.a]->nb_write(o.b); v = 10 * v + fifos[o.a]->num_free(); break;
                case 'y': { int got = -1; v = fifos[o.a]->nb_read(got); v = 100 * got + 10 * v + fifos[o.a]->num_available(); break; }
            }
            tell(i, o.what, v);
        }
    }
    void method(size_t i) {
        const Part& part = model.parts[i]; const Order& o = part.orders[turn[i]++ % part.orders.size()];
        tell(i, o.what);
        switch (o.what) {
            case 'W': if (o.a) next_trigger(aligned(o.a)); else next_trigger(SC_ZERO_TIME); break;
            case 'E': next_trigger(*events[o.a]); break;
            case 'O': next_trigger(any(o.a)); break;
            case 'A': next_trigger(all(o.a)); break;
            case 'T': next_trigger(aligned(o.a), any(o.b)); break;
            case 'U': next_trigger(aligned(o.a), all(o.b)); break;
        }
    }
};

int sc_main(int, char** argv) {
    std::ifstream file(argv[1]); std::string line;
    for (int number = 0; std::getline(file, line); number++) {
        std::fflush(stdout);
        pid_t child = fork();  // one simulation per process is all that SystemC has
        if (!child) {
            std::istringstream in(line); std::printf("== %d\n", number);
            Running running("r", read(in)); sc_start(ns(40)); say("end"); std::fflush(stdout); _exit(0);
        }
        int state; waitpid(child, &state, 0);
        if (state) std::printf("status %d\n", state);
    }
    return 0;
}

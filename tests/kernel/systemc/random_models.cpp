// Runs the models of random_models.txt: threads, methods and a controller, each a list of orders.
// The controller acts alone, half a nanosecond after the others, so that no order is a matter of chance.
#include "log.h"
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>
#include <memory>
#include <unistd.h>
#include <sys/wait.h>
using namespace sc_core;

struct Thrown {};
struct Order { char what; int a, b; };
struct Part { char kind; int initialize; std::vector<int> events, signals, resets; std::vector<Order> orders; };
struct Model { int events, signals, lines; std::vector<Part> parts; };

static Model read(std::istream& in) {
    Model m; in >> m.events >> m.signals >> m.lines; int parts; in >> parts;
    for (int p = 0; p < parts; p++) {
        Part part; int n; in >> part.kind >> part.initialize;
        for (in >> n; n--;) { int x; in >> x; part.events.push_back(x); }
        for (in >> n; n--;) { int x; in >> x; part.signals.push_back(x); }
        for (in >> n; n--;) { int x; in >> x; part.resets.push_back(x); }
        for (in >> n; n--;) { Order o; in >> o.what >> o.a >> o.b; part.orders.push_back(o); }
        m.parts.push_back(part);
    }
    return m;
}

struct Running : sc_module {
    Model model;
    std::vector<std::unique_ptr<sc_event>> events;
    std::vector<std::unique_ptr<sc_signal<int>>> signals;
    std::vector<std::unique_ptr<sc_signal<bool>>> lines;
    std::vector<sc_process_handle> handles;
    std::vector<size_t> turn;
    Running(sc_module_name name, const Model& m) : sc_module(name), model(m), turn(m.parts.size(), 0) {
        for (int i = 0; i < m.events; i++) events.emplace_back(new sc_event(("e" + std::to_string(i)).c_str()));
        for (int i = 0; i < m.signals; i++) signals.emplace_back(new sc_signal<int>(("s" + std::to_string(i)).c_str()));
        for (int i = 0; i < m.lines; i++) lines.emplace_back(new sc_signal<bool>(("r" + std::to_string(i)).c_str()));
        for (size_t i = 0; i < m.parts.size(); i++) {
            const Part& part = m.parts[i]; sc_spawn_options o;
            for (int e : part.events) o.set_sensitivity(events[e].get());
            for (int s : part.signals) o.set_sensitivity(&signals[s]->value_changed_event());
            for (size_t r = 0; r < part.resets.size(); r += 3) {
                if (part.resets[r + 2]) o.async_reset_signal_is(*lines[part.resets[r]], part.resets[r + 1]);
                else o.reset_signal_is(*lines[part.resets[r]], part.resets[r + 1]);
            }
            if (!part.initialize) o.dont_initialize();
            if (part.kind == 'm') o.spawn_method();
            std::function<void()> body = part.kind == 'm' ? std::function<void()>([this, i] { method(i); })
                                       : part.kind == 'c' ? std::function<void()>([this, i] { controller(i); })
                                                          : std::function<void()>([this, i] { thread(i); });
            handles.push_back(sc_spawn(body, ("p" + std::to_string(i)).c_str(), &o));
        }
    }
    sc_time aligned(int k) { return sc_time(double(1000 * k + (1000 - sc_time_stamp().value() % 1000) % 1000), SC_PS); }
    void tell(size_t i, const char* text) {
        std::string seen;
        for (auto& e : events) seen += e->triggered() ? 'x' : '-';
        for (auto& s : signals) seen += " " + std::to_string(s->read()) + (s->event() ? "!" : "");
        say("p%d %s %s", (int)i, text, seen.c_str());
    }
    sc_event_or_list& any(int mask) {  // a method needs it later
        sc_event_or_list& l = *new sc_event_or_list;
        for (size_t e = 0; e < events.size(); e++) if (mask >> e & 1) l |= *events[e];
        return l;
    }
    sc_event_and_list& all(int mask) {
        sc_event_and_list& l = *new sc_event_and_list;
        for (size_t e = 0; e < events.size(); e++) if (mask >> e & 1) l &= *events[e];
        return l;
    }
    void act(const Order& o) {
        switch (o.what) {
            case 'D': events[o.a]->notify(SC_ZERO_TIME); break;
            case 'N': events[o.a]->notify(aligned(o.b)); break;
            case 'C': events[o.a]->cancel(); break;
            case 'S': signals[o.a]->write(o.b); break;
            case 'x': lines[o.a]->write(o.b); break;
        }
    }
    bool waits(const Order& o) {
        switch (o.what) {
            case 'W': if (o.a) wait(aligned(o.a)); else wait(SC_ZERO_TIME); return true;
            case 'E': wait(*events[o.a]); return true;
            case 'O': wait(any(o.a)); return true;
            case 'A': wait(all(o.a)); return true;
            case 'T': wait(aligned(o.a), any(o.b)); return true;
            case 'U': wait(aligned(o.a), all(o.b)); return true;
            case 'G': wait(signals[o.a]->value_changed_event()); return true;
            case 'F': wait(); return true;
            case 'V': wait(o.a); return true;
        }
        return false;
    }
    void thread(size_t i) {
        tell(i, "starts");
        for (size_t n = 0;; n++) {
            const Order& o = model.parts[i].orders[n % model.parts[i].orders.size()];
            try { if (waits(o)) { char text[8]; std::sprintf(text, "%c", o.what); tell(i, text); } else act(o); }
            catch (const Thrown&) { tell(i, "caught"); }
        }
    }
    void method(size_t i) {
        const Part& part = model.parts[i]; const Order& o = part.orders[turn[i]++ % part.orders.size()];
        char text[8]; std::sprintf(text, "%c", o.what); tell(i, text);
        switch (o.what) {
            case 'W': if (o.a) next_trigger(aligned(o.a)); else next_trigger(SC_ZERO_TIME); break;
            case 'E': next_trigger(*events[o.a]); break;
            case 'O': next_trigger(any(o.a)); break;
            case 'A': next_trigger(all(o.a)); break;
            case 'T': next_trigger(aligned(o.a), any(o.b)); break;
            case 'U': next_trigger(aligned(o.a), all(o.b)); break;
            case 'G': next_trigger(signals[o.a]->value_changed_event()); break;
            default: act(o);
        }
    }
    void controller(size_t i) {
        wait(sc_time(500, SC_PS));
        for (const Order& o : model.parts[i].orders) {
            wait(ns(1));
            try {
                switch (o.what) {
                    case 'k': handles[o.a].kill(); break;
                    case 'r': handles[o.a].reset(); break;
                    case 's': handles[o.a].suspend(); break;
                    case 'u': handles[o.a].resume(); break;
                    case 'd': handles[o.a].disable(); break;
                    case 'e': handles[o.a].enable(); break;
                    case 't': handles[o.a].throw_it(Thrown()); break;
                    case 'y': handles[o.a].sync_reset_on(); break;
                    case 'z': handles[o.a].sync_reset_off(); break;
                    case 'I': events[o.a]->notify(); break;
                    default: act(o);
                }
                if (std::string("krsudetyz").find(o.what) != std::string::npos) say("%c p%d terminated %d", o.what, o.a, handles[o.a].terminated());
            } catch (const sc_report& report) { say("%c p%d refused", o.what, o.a); }
        }
    }
};

static void quiet(const sc_report& r, const sc_actions& a) { if (a & SC_THROW) throw r; }

int sc_main(int argc, char** argv) {
    std::ifstream file(argv[1]); std::string line;
    for (int number = 0; std::getline(file, line); number++) {
        std::fflush(stdout);
        pid_t child = fork();  // one simulation per process is all that SystemC has
        if (!child) {
            sc_report_handler::set_handler(quiet);
            std::istringstream in(line); std::printf("== %d\n", number);
            Running running("r", read(in)); sc_start(ns(40)); say("end"); std::fflush(stdout); _exit(0);
        }
        int state; waitpid(child, &state, 0);
        if (state) std::printf("status %d\n", state);
    }
    return 0;
}

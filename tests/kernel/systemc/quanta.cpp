// Quantum keepers with quanta of their own: a keeper inside another's quantum, targets that wait, need_sync at the edge.
#include "log.h"
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>
using namespace sc_core;
using namespace tlm;
typedef unsigned long long u64;

struct Keeper : tlm_utils::tlm_quantumkeeper {
    sc_time own;
    sc_time compute_local_quantum() override { return own == SC_ZERO_TIME ? SC_ZERO_TIME : own - sc_time_stamp() % own; }
};
struct Target : sc_module {  // odd addresses: waits until the caller's own time first; 3: waits longer than a quantum
    tlm_utils::simple_target_socket<Target> socket{"socket"};
    SC_CTOR(Target) { socket.register_b_transport(this, &Target::b); }
    void b(tlm_generic_payload& t, sc_time& d) {
        u64 at = t.get_address();
        if (at % 2) { wait(d); d = SC_ZERO_TIME; if (at == 3) wait(ns(35)); d += ns(1); } else d += ns(at);
        t.set_response_status(TLM_OK_RESPONSE);
    }
};
struct Initiator : sc_module {
    tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
    Keeper keeper; int quantum, work; std::vector<int> addresses;
    SC_HAS_PROCESS(Initiator);
    Initiator(sc_module_name name, int q, int w, std::vector<int> a) : sc_module(name), quantum(q), work(w), addresses(a) { keeper.own = ns(q); SC_THREAD(run); }
    void tell(const char* text) { say("%s %s local %llu current %llu need %d", basename(), text, (u64)keeper.get_local_time().value(), (u64)keeper.get_current_time().value(), keeper.need_sync()); }
    void run() {
        keeper.reset(); tell("begins");
        for (int address : addresses) {
            keeper.inc(ns(work)); tell("worked");
            tlm_generic_payload t; t.set_command(TLM_READ_COMMAND); t.set_address(address); t.set_data_length(4); t.set_response_status(TLM_INCOMPLETE_RESPONSE);
            sc_time d = keeper.get_local_time(); socket->b_transport(t, d); keeper.set(d); tell("accessed");
            if (keeper.need_sync()) { keeper.sync(); tell("synchronised"); }
        }
        keeper.set_and_sync(ns(2)); tell("set and sync"); keeper.set_and_sync(ns(quantum)); tell("set and sync");
        keeper.inc(ns(3)); keeper.reset(); tell("reset"); keeper.sync(); tell("synchronised at once");
        wait(ns(7)); tell("waited"); keeper.reset(); tell("reset"); keeper.inc(keeper.compute_local_quantum()); tell("to the edge");
        keeper.inc(ns(1)); tell("over the edge"); keeper.sync(); tell("ends");
    }
};
SC_MODULE(Top) {
    Target ta{"ta"}, tb{"tb"}, tc{"tc"}, td{"td"};
    Initiator a{"a", 20, 3, {2, 4, 1, 2, 6, 3, 2, 2}}, b{"b", 5, 2, {2, 2, 1, 4, 0, 1, 6, 2}}, c{"c", 10, 7, {0, 2, 3, 2, 1, 1, 0, 4}}, d{"d", 0, 4, {2, 1, 0, 3, 2, 4, 6, 1}};
    SC_CTOR(Top) { a.socket.bind(ta.socket); b.socket.bind(tb.socket); c.socket.bind(tc.socket); d.socket.bind(td.socket); }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

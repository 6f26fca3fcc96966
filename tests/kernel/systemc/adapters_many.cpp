// Simple sockets under several callers at once: who waits for whose request and response to end.
#include "log.h"
#include <tlm>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/peq_with_get.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
using namespace sc_core;
using namespace tlm;

static const char* sync_name(tlm_sync_enum s) { return s == TLM_ACCEPTED ? "ACCEPTED" : s == TLM_UPDATED ? "UPDATED" : "COMPLETED"; }
static const char* phase_name(const tlm_phase& p) { return p == BEGIN_REQ ? "BEGIN_REQ" : p == END_REQ ? "END_REQ" : p == BEGIN_RESP ? "BEGIN_RESP" : "END_RESP"; }
static unsigned long long ps(const sc_time& t) { return t.value(); }

struct Mm : tlm_mm_interface { void free(tlm_generic_payload* t) override { t->reset(); } } mm;

// A target with b_transport only: it waits, or annotates.
struct Blocking : sc_module {
    tlm_utils::simple_target_socket<Blocking> socket{"socket"};
    SC_CTOR(Blocking) { socket.register_b_transport(this, &Blocking::b); }
    void b(tlm_generic_payload& t, sc_time& d) {
        say("  b_transport %d delay %llu ps", (int)t.get_address(), ps(d));
        if (t.get_address() % 2) { wait(ns(7)); d += ns(2); } else d += ns(4);
        t.set_response_status(TLM_OK_RESPONSE); say("  b_transport %d returns delay %llu ps", (int)t.get_address(), ps(d));
    }
};
// A target with phases only; what it does depends on the address.
struct Phased : sc_module {
    tlm_utils::simple_target_socket<Phased> socket{"socket"};
    tlm_utils::peq_with_get<tlm_generic_payload> requests{"requests"};
    SC_CTOR(Phased) { socket.register_nb_transport_fw(this, &Phased::fw); SC_THREAD(serve); }
    tlm_sync_enum fw(tlm_generic_payload& t, tlm_phase& p, sc_time& d) {
        say("  fw %d %s delay %llu ps", (int)t.get_address(), phase_name(p), ps(d));
        if (p == END_RESP) return TLM_COMPLETED;
        t.set_response_status(TLM_OK_RESPONSE);
        switch (t.get_address()) {
            case 0: requests.notify(t, d + ns(6)); return TLM_ACCEPTED;
            case 1: p = END_REQ; d = d + ns(1); requests.notify(t, d + ns(6)); return TLM_UPDATED;
            case 2: p = BEGIN_RESP; d = d + ns(3); return TLM_UPDATED;
            default: d = d + ns(5); return TLM_COMPLETED;
        }
    }
    void serve() {
        for (;;) {
            wait(requests.get_event());
            while (tlm_generic_payload* t = requests.get_next_transaction()) {
                tlm_phase p; sc_time d = SC_ZERO_TIME;
                if (t->get_address() == 0) { p = END_REQ; tlm_sync_enum s = socket->nb_transport_bw(*t, p, d); say("  END_REQ answered %s", sync_name(s)); wait(ns(2)); }
                p = BEGIN_RESP; d = ns(1);
                tlm_sync_enum s = socket->nb_transport_bw(*t, p, d); say("  BEGIN_RESP answered %s delay %llu ps", sync_name(s), ps(d));
            }
        }
    }
};
struct BlockingInitiator : sc_module {
    tlm_utils::simple_initiator_socket<BlockingInitiator> socket{"socket"};
    SC_CTOR(BlockingInitiator) { for (int i = 0; i < 4; i++) sc_spawn([this, i] { run(i); }); }
    void call(int caller, int address, int delay) {
        tlm_generic_payload* t = new tlm_generic_payload(&mm); t->acquire();
        t->set_command(TLM_READ_COMMAND); t->set_address(address); t->set_data_length(4); t->set_response_status(TLM_INCOMPLETE_RESPONSE);
        sc_time d = ns(delay); say("%d calls %d delay %d ns", caller, address, delay);
        socket->b_transport(*t, d); wait(d);
        say("%d has %d, %s", caller, address, t->get_response_string().c_str()); t->release();
    }
    void run(int i) {
        static const int addresses[4][6] = {{0, 1, 2, 3, 0, 0}, {0, 2, 1, 0, 1, 3}, {1, 1, 0, 2, 3, 1}, {2, 0, 3, 1, 1, 0}};
        for (int n = 0; n < 6; n++) call(i, addresses[i][n], (i + n) % 3);
    }
};
struct PhasedInitiator : sc_module {
    tlm_utils::simple_initiator_socket<PhasedInitiator> socket{"socket"};
    SC_CTOR(PhasedInitiator) { socket.register_nb_transport_bw(this, &PhasedInitiator::bw); SC_THREAD(run); }
    void send(int address, int delay) {
        tlm_generic_payload* t = new tlm_generic_payload(&mm); t->acquire();
        t->set_command(TLM_READ_COMMAND); t->set_address(address); t->set_data_length(4); t->set_response_status(TLM_INCOMPLETE_RESPONSE);
        tlm_phase p = BEGIN_REQ; sc_time d = ns(delay); tlm_sync_enum s = socket->nb_transport_fw(*t, p, d);
        say("sent %d, answered %s", address, sync_name(s));
    }
    void run() {
        wait(ns(500));
        for (int n = 0; n < 12; n++) { send(n, n % 4); wait(ns(n % 3 ? 4.3 : 6.1)); }
    }
    tlm_sync_enum bw(tlm_generic_payload& t, tlm_phase& p, sc_time& d) {
        int address = t.get_address(); say("  bw %d %s delay %llu ps", address, phase_name(p), ps(d));
        switch (address % 3) {
            case 0: sc_spawn([this, &t] { wait(ns(5.3)); tlm_phase q = END_RESP; sc_time z = SC_ZERO_TIME; tlm_sync_enum s = socket->nb_transport_fw(t, q, z); say("END_RESP %d answered %s", (int)t.get_address(), sync_name(s)); }); return TLM_ACCEPTED;
            case 1: p = END_RESP; d += ns(2); return TLM_UPDATED;
            default: return TLM_COMPLETED;
        }
    }
};
SC_MODULE(Top) {
    Blocking q{"q"}; Phased p{"p"}; BlockingInitiator a{"a"}; PhasedInitiator b{"b"};
    SC_CTOR(Top) { a.socket.bind(p.socket); b.socket.bind(q.socket); }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

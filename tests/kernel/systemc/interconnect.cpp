// Two initiators, a router and three targets: addresses, response statuses, debug, direct memory both ways.
#include "log.h"
#include <cstring>
#include <tlm>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
using namespace sc_core;
using namespace tlm;
typedef unsigned long long u64;

struct Memory : sc_module {
    tlm_utils::simple_target_socket<Memory> socket{"socket"};
    unsigned char bytes[256]; int wait_ns;
    SC_HAS_PROCESS(Memory);
    Memory(sc_module_name name, int w) : sc_module(name), wait_ns(w) {
        for (int i = 0; i < 256; i++) bytes[i] = i;
        socket.register_b_transport(this, &Memory::b); socket.register_transport_dbg(this, &Memory::debug);
        socket.register_get_direct_mem_ptr(this, &Memory::direct);
    }
    tlm_response_status refuse(tlm_generic_payload& t) {
        if (t.get_command() == TLM_IGNORE_COMMAND) return TLM_COMMAND_ERROR_RESPONSE;
        if (t.get_streaming_width() < t.get_data_length()) return TLM_BURST_ERROR_RESPONSE;
        if (t.get_byte_enable_ptr()) return TLM_BYTE_ENABLE_ERROR_RESPONSE;
        if (t.get_address() + t.get_data_length() > 256) return TLM_ADDRESS_ERROR_RESPONSE;
        return TLM_OK_RESPONSE;
    }
    void b(tlm_generic_payload& t, sc_time& d) {
        say("  %s b_transport %llx delay %llu ps", basename(), (u64)t.get_address(), d.value());
        if (wait_ns) { wait(d + ns(wait_ns)); d = SC_ZERO_TIME; } else d += ns(5);
        tlm_response_status status = refuse(t); t.set_response_status(status);
        if (status != TLM_OK_RESPONSE) return;
        if (t.is_read()) std::memcpy(t.get_data_ptr(), bytes + t.get_address(), t.get_data_length());
        else std::memcpy(bytes + t.get_address(), t.get_data_ptr(), t.get_data_length());
        t.set_dmi_allowed(true);
    }
    unsigned debug(tlm_generic_payload& t) {
        u64 at = t.get_address(); unsigned n = at >= 256 ? 0 : std::min<u64>(t.get_data_length(), 256 - at);
        say("  %s transport_dbg %llx %u -> %u", basename(), at, t.get_data_length(), n);
        if (t.is_read()) std::memcpy(t.get_data_ptr(), bytes + at, n); else std::memcpy(bytes + at, t.get_data_ptr(), n);
        return n;
    }
    bool direct(tlm_generic_payload& t, tlm_dmi& dmi) {
        say("  %s get_direct_mem_ptr %llx", basename(), (u64)t.get_address());
        dmi.set_start_address(0); dmi.set_end_address(255); dmi.set_dmi_ptr(bytes);
        dmi.set_read_latency(ns(2)); dmi.set_write_latency(ns(3));
        if (t.is_write() && wait_ns) { dmi.set_start_address(64); dmi.allow_none(); return false; }
        if (wait_ns) dmi.allow_read(); else dmi.allow_read_write();
        return true;
    }
};
struct Silent : sc_module {  // answers an error, nothing, or what the address says
    tlm_utils::simple_target_socket<Silent> socket{"socket"};
    SC_CTOR(Silent) { socket.register_b_transport(this, &Silent::b); }
    void b(tlm_generic_payload& t, sc_time&) { if (t.get_address() == 0) t.set_response_status(TLM_GENERIC_ERROR_RESPONSE); }
};
struct Range { u64 start, size, base; int port; };
static const Range RANGES[] = {{0x000, 0x40, 0x00, 0}, {0x100, 0x80, 0x80, 1}, {0x200, 0x10, 0x00, 2}, {0x300, 0x40, 0x40, 0}};

struct Router : sc_module {
    tlm_utils::multi_passthrough_target_socket<Router> in{"in"};
    tlm_utils::multi_passthrough_initiator_socket<Router> out{"out"};
    SC_CTOR(Router) {
        in.register_b_transport(this, &Router::b); in.register_transport_dbg(this, &Router::debug);
        in.register_get_direct_mem_ptr(this, &Router::direct); out.register_invalidate_direct_mem_ptr(this, &Router::invalidate);
    }
    const Range* decode(u64 at, u64 n) { for (auto& r : RANGES) if (at >= r.start && at + n <= r.start + r.size) return &r; return nullptr; }
    void b(int, tlm_generic_payload& t, sc_time& d) {
        u64 at = t.get_address(); const Range* r = decode(at, std::min(t.get_data_length(), t.get_streaming_width()));
        if (!r) { t.set_response_status(TLM_ADDRESS_ERROR_RESPONSE); return; }
        t.set_address(at - r->start + r->base); out[r->port]->b_transport(t, d); t.set_address(at);
    }
    unsigned debug(int, tlm_generic_payload& t) {
        u64 at = t.get_address(); unsigned n = t.get_data_length(); const Range* r = decode(at, 1);
        if (!r) return 0;
        t.set_address(at - r->start + r->base); t.set_data_length(std::min<u64>(n, r->start + r->size - at));
        unsigned moved = out[r->port]->transport_dbg(t); t.set_address(at); t.set_data_length(n); return moved;
    }
    bool direct(int, tlm_generic_payload& t, tlm_dmi& dmi) {
        u64 at = t.get_address(); const Range* r = decode(at, 1);
        if (!r) {
            u64 first = 0, last = ~0ull;
            for (auto& o : RANGES) { if (o.start + o.size <= at) first = std::max(first, o.start + o.size); else last = std::min(last, o.start - 1); }
            dmi.allow_none(); dmi.set_start_address(first); dmi.set_end_address(last); return false;
        }
        t.set_address(at - r->start + r->base); bool ok = out[r->port]->get_direct_mem_ptr(t, dmi); t.set_address(at);
        u64 first = std::max(dmi.get_start_address(), r->base), last = std::min(dmi.get_end_address(), r->base + r->size - 1);
        dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
        dmi.set_start_address(first - r->base + r->start); dmi.set_end_address(last - r->base + r->start);
        return ok;
    }
    void invalidate(int port, sc_dt::uint64 start, sc_dt::uint64 end) {
        for (auto& r : RANGES) {
            u64 first = std::max<u64>(start, r.base), last = std::min<u64>(end, r.base + r.size - 1);
            if (r.port == port && first <= last) for (unsigned i = 0; i < in.size(); i++) in[i]->invalidate_direct_mem_ptr(first - r.base + r.start, last - r.base + r.start);
        }
    }
};
struct Initiator : sc_module {
    tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
    SC_CTOR(Initiator) { socket.register_invalidate_direct_mem_ptr(this, &Initiator::invalidate); }
    void invalidate(sc_dt::uint64 start, sc_dt::uint64 end) { say("  %s invalidate %llx..%llx", basename(), (u64)start, (u64)end); }
    void access(u64 at, unsigned n, tlm_command command = TLM_READ_COMMAND, int width = -1, bool enables = false, double delay = 0) {
        unsigned char data[16]; for (int i = 0; i < 16; i++) data[i] = 0xa0 + i; unsigned char enable[1] = {0xff};
        tlm_generic_payload t; t.set_command(command); t.set_address(at); t.set_data_ptr(data); t.set_data_length(n); t.set_streaming_width(width < 0 ? n : width);
        if (enables) { t.set_byte_enable_ptr(enable); t.set_byte_enable_length(1); }
        sc_time d = ns(delay); socket->b_transport(t, d);
        say("%s access %llx: %s first %02x dmi %d address %llx delay %llu ps", basename(), at, t.get_response_string().c_str(), data[0], t.is_dmi_allowed(), (u64)t.get_address(), d.value());
        wait(d);
    }
    void debug(u64 at, unsigned n, bool write = false) {
        unsigned char data[300] = {1, 2, 3, 4}; tlm_generic_payload t; t.set_command(write ? TLM_WRITE_COMMAND : TLM_READ_COMMAND); t.set_address(at); t.set_data_ptr(data); t.set_data_length(n);
        unsigned moved = socket->transport_dbg(t); say("%s debug %llx: %u bytes, first %02x, %s, address %llx", basename(), at, moved, data[0], t.get_response_string().c_str(), (u64)t.get_address());
    }
    void direct(u64 at, bool write = false) {
        tlm_generic_payload t; t.set_address(at); t.set_command(write ? TLM_WRITE_COMMAND : TLM_READ_COMMAND); tlm_dmi dmi; bool ok = socket->get_direct_mem_ptr(t, dmi);
        say("%s direct %llx: %d %llx..%llx read %d write %d", basename(), at, ok, (u64)dmi.get_start_address(), (u64)dmi.get_end_address(), ok && dmi.is_read_allowed(), ok && dmi.is_write_allowed());
        if (ok) say("%s first byte %02x latencies %llu %llu", basename(), dmi.get_dmi_ptr()[0], dmi.get_read_latency().value(), dmi.get_write_latency().value());
    }
};
SC_MODULE(Top) {
    Memory quick{"quick", 0}, slow{"slow", 7}; Silent silent{"silent"}; Router router{"router"}; Initiator one{"one"}, two{"two"};
    SC_CTOR(Top) {
        one.socket.bind(router.in); two.socket.bind(router.in);
        router.out.bind(quick.socket); router.out.bind(slow.socket); router.out.bind(silent.socket);
        SC_THREAD(first); SC_THREAD(second);
    }
    void first() {
        one.access(0x10, 4); one.access(0x13c, 4); one.access(0x13e, 4, TLM_WRITE_COMMAND); one.access(0x17e, 4); one.access(0x310, 4, TLM_READ_COMMAND, -1, false, 3);
        one.access(0x3e, 4); one.access(0x80, 4); one.access(0x200, 4); one.access(0x204, 4); one.access(0x20e, 4);
        one.access(0x10, 4, TLM_IGNORE_COMMAND); one.access(0x10, 8, TLM_READ_COMMAND, 4); one.access(0x10, 4, TLM_READ_COMMAND, -1, true); one.access(0x3c, 8, TLM_READ_COMMAND, 4);
        one.debug(0x10, 8); one.debug(0x38, 16); one.debug(0x170, 200); one.debug(0x170, 4, true); one.debug(0x80, 4); one.debug(0x200, 4); one.debug(0x170, 4);
        one.direct(0x10); one.direct(0x120); one.direct(0x120, true); one.direct(0x304, true); one.direct(0x1f0); one.direct(0x50); one.direct(0x400); one.direct(0x200);
        wait(ns(100));
        say("quick invalidates 20..47"); quick.socket->invalidate_direct_mem_ptr(0x20, 0x47);
        say("slow invalidates all"); slow.socket->invalidate_direct_mem_ptr(0, ~0ull);
        say("slow invalidates what nobody sees"); slow.socket->invalidate_direct_mem_ptr(0, 0x10);
    }
    void second() { two.access(0x100, 4); two.access(0x100, 4, TLM_WRITE_COMMAND, -1, false, 2); two.access(0x0, 1); wait(ns(1)); two.access(0x0, 4); }
};

int sc_main(int, char**) {
    tell_reports();
    Top top("top");
    sc_start();
    say("end");
    return 0;
}

// Copies of a payload: what goes along, extensions of their own, the answer taken back with byte enables.
#include "log.h"
#include <cstring>
#include <tlm>
using namespace sc_core;
using namespace tlm;

struct Tag : tlm_extension<Tag> {
    int value;
    Tag(int v) : value(v) {}
    tlm_extension_base* clone() const override { return new Tag(value); }
    void copy_from(tlm_extension_base const& other) override { value = static_cast<Tag const&>(other).value; }
};
struct Payload {
    tlm_generic_payload t; unsigned char data[8], enables[2];
    Payload(int first) { for (int i = 0; i < 8; i++) data[i] = first + i; t.set_data_ptr(data); t.set_data_length(8); t.set_streaming_width(8); }
    void enable(unsigned char a, unsigned char b) { enables[0] = a; enables[1] = b; t.set_byte_enable_ptr(enables); t.set_byte_enable_length(2); }
};
static void tell(const char* name, tlm_generic_payload& t) {
    char bytes[17]; for (int i = 0; i < 8; i++) std::sprintf(bytes + 2 * i, "%02x", t.get_data_ptr()[i]);
    Tag* tag = t.get_extension<Tag>();
    say("%s: %s at %x, %s, %s, dmi %d, enables %d, tag %d", name, t.is_read() ? "READ" : t.is_write() ? "WRITE" : "IGNORE", (int)t.get_address(), bytes, t.get_response_string().c_str(), t.is_dmi_allowed(), t.get_byte_enable_ptr() ? t.get_byte_enable_ptr()[1] : -1, tag ? tag->value : -1);
}

int sc_main(int, char**) {
    tell_reports();
    for (tlm_command command : {TLM_READ_COMMAND, TLM_WRITE_COMMAND}) for (bool enabled : {false, true}) {
        Payload one(0x10), two(0x80); Tag tag(5);
        one.t.set_command(command); one.t.set_address(0x40); one.t.set_extension(&tag); if (enabled) one.enable(0xff, 0);
        two.t.set_byte_enable_ptr(two.enables); two.t.set_byte_enable_length(2); if (!enabled) two.t.set_byte_enable_ptr(nullptr);
        two.t.deep_copy_from(one.t); two.t.set_response_status(TLM_INCOMPLETE_RESPONSE);
        tell("copy", two.t);
        tag.value = 6; tell("copy after the original's tag changed", two.t);
        two.t.get_extension<Tag>()->value = 7;
        for (int i = 0; i < 8; i++) two.data[i] = 0xc0 + i;
        two.t.set_address(0x99); two.t.set_response_status(TLM_OK_RESPONSE); two.t.set_dmi_allowed(true);
        tell("original before", one.t);
        one.t.update_original_from(two.t); tell("original after", one.t);
        one.t.clear_extension(&tag); tell("original without tag", one.t); tell("copy", two.t);
    }
    say("end");
    return 0;
}

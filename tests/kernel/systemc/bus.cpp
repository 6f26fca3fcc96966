// A bus of our own: decodes, answers address errors, and lets a policy choose a delta after the requests.
#include "log.h"
#include <functional>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
using namespace sc_core;

typedef std::function<int(const std::vector<int>&)> Policy;

SC_MODULE(Bus) {
    sc_event choose{"choose"};
    sc_event granted[3];
    bool waiting[3] = {false, false, false};
    int owner = -1;
    Policy policy;
    SC_HAS_PROCESS(Bus);
    Bus(sc_module_name name, Policy p) : sc_module(name), policy(p) { SC_METHOD(grant); sensitive << choose; dont_initialize(); }
    void grant() {
        std::vector<int> ports;
        for (int i = 0; i < 3; i++) if (waiting[i]) ports.push_back(i);
        if (owner < 0 && !ports.empty()) { owner = policy(ports); waiting[owner] = false; say("grant %d", owner); granted[owner].notify(); }
    }
    const char* transport(int port, int address) {
        waiting[port] = true; choose.notify(SC_ZERO_TIME); wait(granted[port]);
        const char* answer = "ADDRESS_ERROR";
        if (address < 0x1000) { wait(ns(4)); answer = "OK fast"; }
        else if (address < 0x3000) { wait(ns(10)); answer = "OK slow"; }
        owner = -1; choose.notify(SC_ZERO_TIME);
        return answer;
    }
};
SC_MODULE(Top) {
    Bus bus;
    SC_HAS_PROCESS(Top);
    Top(sc_module_name name, Policy p) : sc_module(name), bus("bus", p) {
        for (int i = 0; i < 3; i++) sc_spawn([this, i] { initiator(i); });
    }
    void initiator(int i) {
        static const int addresses[3][4] = {{0x0, 0x1000, 0x10, 0x20}, {0x2000, 0x5000, 0x30, 0x40}, {0x50, 0x60, 0x2ffc, 0x3000}};
        for (int n = 0; n < 4; n++) {
            int address = addresses[i][n];
            say("%d asks %x", i, address);
            const char* answer = bus.transport(i, address);
            say("%d has %s", i, answer);
            if (n == 1) wait(ns(i));
        }
        say("%d ends", i);
    }
};

int sc_main(int argc, char** argv) {
    tell_reports();
    int last = 2;
    Policy fixed = [](const std::vector<int>& ports) { return ports[0]; };
    Policy round = [&last](const std::vector<int>& ports) {
        for (int port : ports) if (port > last) return last = port;
        return last = ports[0];
    };
    for (bool is_fixed : {true, false}) {
        std::fflush(stdout);
        pid_t child = fork();  // one simulation per process is all that SystemC has
        if (!child) {
            title(is_fixed ? "fixed priority" : "round robin");
            Top top("top", is_fixed ? fixed : round);
            sc_start();
            say("end");
            std::fflush(stdout);
            _exit(0);
        }
        waitpid(child, nullptr, 0);
    }
    return 0;
}

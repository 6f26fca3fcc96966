// What every program here prints: `<time in ps> d=<delta count> | <text>`; `== title` starts a case.
#ifndef LOG_H
#define LOG_H
#include <cstdio>
#include <string>
#include <systemc>

template <typename... Args>
void say(const char* format, Args... args) {
    std::printf("%6llu ps d=%-3llu | ", (unsigned long long)sc_core::sc_time_stamp().value(),
                (unsigned long long)sc_core::sc_delta_count());
    std::printf(format, args...);
    std::printf("\n");
    std::fflush(stdout);
}

inline void title(const char* text) { std::printf("== %s\n", text); }

inline sc_core::sc_time ns(double count) { return sc_core::sc_time(count, sc_core::SC_NS); }

// A report becomes a line with its message type.
inline void tell_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
    if (actions == sc_core::SC_DO_NOTHING || actions == sc_core::SC_UNSPECIFIED) return;
    say("report %s", report.get_msg_type());
    if (actions & sc_core::SC_THROW) throw report;
}
inline void tell_reports() {
    sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_DO_NOTHING);
    sc_core::sc_report_handler::set_handler(tell_report);
}
#endif

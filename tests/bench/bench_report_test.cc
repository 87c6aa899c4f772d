#include "bench/bench_report.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

TEST(BenchReport, OneLineAFigureAndATableAList) {
  const BenchReport report{{"job", "try"},
                           {"count", 12101},
                           {"ratio", 1.234567},
                           {"speed", 45678.9},
                           {"rows", {{{"name", "a"}, {"ms", 0.5}}}}};
  EXPECT_EQ(report_text(report),
            "figure   value\n"
            "--------------\n"
            "job        try\n"
            "count   12,101\n"
            "ratio     1.23\n"
            "speed   45,679\n"
            "\n"
            "name     ms\n"
            "-----------\n"
            "a     0.500\n");
}

TEST(BenchReport, JsonKeepsOrderAndDigits) {
  EXPECT_EQ(report_json({{"z", 1.234567}, {"a", 2}}), "{\n  \"z\": 1.234567,\n  \"a\": 2\n}");
}

TEST(BenchReport, AllThreadsAreCounted) {
  EXPECT_EQ(thread_count(3), 3);
  EXPECT_GE(thread_count(0), 1);
}

}  // namespace
}  // namespace p5

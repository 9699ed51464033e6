// How far a long piece of work is, how fast it goes and how long it will take; and how that is told in a
// line.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul::client {

// What is done at one moment. Absent is what nobody knows.
struct WorkDone {
  std::optional<uint64_t> rows = {};
  uint64_t bytes = 0;
  std::optional<double> fraction = {};  // 0 to 1

  bool operator==(const WorkDone&) const = default;
};

struct ProgressReading {
  WorkDone done = {};
  std::optional<double> bytes_per_second = {};
  std::optional<std::chrono::seconds> left = {};
};

// Measures over the last quarter of a minute, so that a stall shows and a past one is forgotten.
class ProgressMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Times must not go back. Work that does has started over: what was measured before is forgotten.
  void Add(TimePoint now, const WorkDone& done);
  ProgressReading reading() const;

 private:
  struct Sample {
    TimePoint time;
    WorkDone done;
  };
  std::deque<Sample> samples_;
};

// "Event export 17  [=====>     ]  53%  1,234 rows  8.1 MiB  2.0 MiB/s  0:42 left", never wider than `width`
// columns: what matters least is left out first. `color`: with escape sequences of ECMA-48.
std::string RenderBar(std::string_view label, const ProgressReading& reading, size_t width, bool color);
// "Event export 17: 53%, 1,234 rows, 8.1 MiB, 2.0 MiB/s, 0:42 left"
std::string RenderLine(std::string_view label, const ProgressReading& reading);

}  // namespace rawhaul::client

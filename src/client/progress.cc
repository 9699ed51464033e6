#include "client/progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/figures.h"

namespace rawhaul::client {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kWindow{15};
// From less than this a rate is a guess.
constexpr Seconds kMinMeasured{0.5};
// Nobody waits for longer; also keeps what is computed within the numbers.
constexpr double kMaxSecondsLeft = 99 * 3600;

constexpr size_t kMinBar = 10;
constexpr size_t kMaxBar = 40;
constexpr std::string_view kGap = "  ";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kPlain = "\x1b[0m";

// A part of the line; those with a higher number go first when there is no room.
struct Part {
  int expendable;
  std::string text;
};

std::vector<Part> PartsOf(const ProgressReading& reading) {
  const WorkDone& done = reading.done;
  std::vector<Part> parts;
  if (done.fraction) parts.push_back({0, fmt::format("{}%", std::floor(*done.fraction * 100))});
  if (done.rows) parts.push_back({3, FormatCount(*done.rows, "row")});
  parts.push_back({4, FormatBytes(done.bytes)});
  if (reading.bytes_per_second) {
    parts.push_back({2, FormatBytes(static_cast<uint64_t>(*reading.bytes_per_second)) + "/s"});
  }
  if (reading.left) parts.push_back({1, FormatDuration(*reading.left) + " left"});
  return parts;
}

// Without the bar.
size_t WidthOf(const std::vector<Part>& parts) {
  size_t width = 0;
  for (const Part& part : parts) width += part.text.size() + kGap.size();
  return width - kGap.size();
}

void MakeFit(std::vector<Part>& parts, size_t width) {
  while (parts.size() > 1 && WidthOf(parts) > width) {
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.expendable < b.expendable; }));
  }
  std::string& last = parts.front().text;
  if (WidthOf(parts) > width) last.resize(std::min(last.size(), width));
}

// "[===>   ]", `width` columns.
std::string Bar(double fraction, size_t width, bool color) {
  const size_t inner = width - 2;
  const auto filled = static_cast<size_t>(fraction * static_cast<double>(inner));
  std::string full(filled, '=');
  if (filled > 0 && filled < inner) full.back() = '>';
  const std::string empty(inner - filled, ' ');
  if (!color) return fmt::format("[{}{}]", full, empty);
  return fmt::format("[{}{}{}{}]", kGreen, full, kPlain, empty);
}

}  // namespace

void ProgressMeter::Add(TimePoint now, const WorkDone& done) {
  if (!samples_.empty() && (done.bytes < samples_.back().done.bytes ||
                            done.fraction.value_or(0) < samples_.back().done.fraction.value_or(0))) {
    samples_.clear();
  }
  samples_.push_back({now, done});
  // The first one kept is the last that is older than the window.
  while (samples_.size() > 2 && now - samples_[1].time >= kWindow) samples_.pop_front();
}

ProgressReading ProgressMeter::reading() const {
  if (samples_.empty()) return {};
  const auto& [start, before] = samples_.front();
  const auto& [end, now] = samples_.back();
  ProgressReading reading{.done = now};
  const double seconds = Seconds(end - start).count();
  if (seconds < kMinMeasured.count()) return reading;
  reading.bytes_per_second = static_cast<double>(now.bytes - before.bytes) / seconds;
  const double speed = (now.fraction.value_or(0) - before.fraction.value_or(0)) / seconds;
  if (now.fraction && speed > 0) {
    const double left = (1 - *now.fraction) / speed;
    reading.left = std::chrono::seconds(std::llround(std::clamp(left, 0.0, kMaxSecondsLeft)));
  }
  return reading;
}

std::string RenderBar(std::string_view label, const ProgressReading& reading, size_t width, bool color) {
  std::vector<Part> parts = PartsOf(reading);
  parts.insert(parts.begin(), {1, std::string(label)});
  MakeFit(parts, width);
  std::vector<std::string> texts;
  for (const Part& part : parts) texts.push_back(part.text);
  const size_t room = width - std::min(width, WidthOf(parts) + kGap.size());
  if (reading.done.fraction && room >= kMinBar) {
    const double fraction = std::clamp(*reading.done.fraction, 0.0, 1.0);
    texts.insert(texts.begin() + 1, Bar(fraction, std::min(room, kMaxBar), color));
  }
  return fmt::format("{}", fmt::join(texts, kGap));
}

std::string RenderLine(std::string_view label, const ProgressReading& reading) {
  std::vector<std::string> texts;
  for (const Part& part : PartsOf(reading)) texts.push_back(part.text);
  return fmt::format("{}: {}", label, fmt::join(texts, ", "));
}

}  // namespace rawhaul::client

#include "base/guarded_clock.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>

#include "base/logging.h"

namespace rawhaul {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr hours kBetweenLogLines{1};

class SystemClockSource final : public ClockSource {
 public:
  ClockReading Read() const override {
    timespec passed{};
    ::clock_gettime(CLOCK_BOOTTIME, &passed);
    const auto since_boot = seconds(passed.tv_sec) + std::chrono::nanoseconds(passed.tv_nsec);
    return {SystemClock().Now(), std::chrono::duration_cast<milliseconds>(since_boot)};
  }

  std::string BootId() const override {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
  }
};

bool IsWithin(milliseconds difference, milliseconds limit) { return std::chrono::abs(difference) <= limit; }

bool IsPlausibleAfter(Timestamp stopped_at, Timestamp wall) {
  return wall >= stopped_at - GuardedClock::kFollowed && wall <= stopped_at + GuardedClock::kLongestStop;
}

std::string Describe(milliseconds ahead) {
  const auto whole = std::chrono::duration_cast<seconds>(std::chrono::abs(ahead)).count();
  return fmt::format("{} s {}", whole, ahead > milliseconds(0) ? "ahead" : "behind");
}

}  // namespace

std::unique_ptr<ClockSource> MakeSystemClockSource() { return std::make_unique<SystemClockSource>(); }

GuardedClock::GuardedClock(const ClockSource& source, const std::optional<ClockMark>& last)
    : source_(source) {
  const ClockReading now = source.Read();
  boot_ = now.wall - now.since_boot;
  if (!last) return;
  if (last->boot_id == source.BootId() && last->since_boot <= now.since_boot) {
    boot_ = last->time - last->since_boot;
  } else if (!IsPlausibleAfter(last->time, now.wall)) {
    boot_ = last->time - now.since_boot;
    stopped_at_ = last->time;
  }
}

Timestamp GuardedClock::Now() const {
  const ClockReading reading = source_.Read();
  const MutexLock lock(mutex_);
  const Timestamp time = TimeOf(reading);
  last_given_ = std::max(last_given_, time);
  return last_given_;
}

ClockMark GuardedClock::Mark() const {
  const Timestamp now = Now();
  return {now, source_.Read().since_boot, source_.BootId()};
}

Timestamp GuardedClock::TimeOf(const ClockReading& reading) const {
  const Timestamp expected = boot_ + reading.since_boot;
  const milliseconds ahead = reading.wall - expected;
  if (IsWithin(ahead, kFollowed) || (stopped_at_ && IsPlausibleAfter(*stopped_at_, reading.wall))) {
    if (step_) log::Warn("the system's clock is right again");
    return FollowWall(reading);
  }
  const bool has_lasted =
      step_ && IsWithin(ahead - step_->ahead, kFollowed) && reading.since_boot - step_->since >= kProbation;
  if (has_lasted && IsWithin(ahead, kBelievable)) {
    log::Warn("the system's clock has been {} for a while: it is followed from now on", Describe(ahead));
    last_given_ = reading.wall;  // also back
    return FollowWall(reading);
  }
  Distrust(reading, ahead);
  return expected;
}

Timestamp GuardedClock::FollowWall(const ClockReading& reading) const {
  boot_ = reading.wall - reading.since_boot;
  step_.reset();
  stopped_at_.reset();
  return reading.wall;
}

void GuardedClock::Distrust(const ClockReading& reading, milliseconds ahead) const {
  const bool is_new = !step_ || !IsWithin(ahead - step_->ahead, kFollowed);
  if (!is_new && reading.since_boot - step_->logged < kBetweenLogLines) return;
  log::Warn(
      "the system's clock says {}, {} of the time that has passed, and is not followed: times go on from "
      "{}{}",
      FormatTimestamp(reading.wall), Describe(ahead), FormatTimestamp(boot_ + reading.since_boot),
      IsWithin(ahead, kBelievable) ? " unless it stays so"
                                   : "; if it is right, restart the server with --accept-clock");
  step_ = Step{ahead, is_new ? reading.since_boot : step_->since, reading.since_boot};
}

}  // namespace rawhaul

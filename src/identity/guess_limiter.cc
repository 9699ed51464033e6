#include "identity/guess_limiter.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/network.h"

namespace rawhaul {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMaxSubjectBytes = 64;  // no id is longer

// Ids are taken in any case.
std::string SubjectKey(std::string_view subject) { return ToLower(subject.substr(0, kMaxSubjectBytes)); }

}  // namespace

milliseconds GuessLimiter::Ledger::WaitOf(const std::string& key, Timestamp now) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return milliseconds(0);
  const milliseconds owed = std::max(found->second->paid_off - now, milliseconds(0));
  return std::max(owed + interval_ - credit_, milliseconds(0));
}

bool GuessLimiter::Ledger::HasGuessed(const std::string& key, Timestamp now) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() && found->second->paid_off > now;
}

void GuessLimiter::Ledger::Add(const std::string& key, Timestamp now) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    entries_.push_front({key, now});
    by_key_.emplace(entries_.front().key, entries_.begin());
  }
  Entry& entry = entries_.front();
  entry.paid_off = std::max(entry.paid_off, now) + interval_;
  if (entries_.size() <= max_keys_) return;
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

void GuessLimiter::Ledger::TakeBack(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) found->second->paid_off -= interval_;
}

GuessLimiter::GuessLimiter(const Clock& clock, const GuessLimits& limits)
    : clock_(clock),
      addresses_(limits.per_address, limits.address_interval, limits.max_remembered),
      subjects_(limits.per_subject, limits.subject_interval, limits.max_remembered) {}

std::optional<std::chrono::seconds> GuessLimiter::Admit(std::string_view subject, std::string_view address) {
  const std::string subject_key = SubjectKey(subject);
  const std::string address_key = NetworkOf(address);
  const MutexLock lock(mutex_);
  const Timestamp now = Now();
  milliseconds wait = addresses_.WaitOf(address_key, now);
  if (addresses_.HasGuessed(address_key, now)) wait = std::max(wait, subjects_.WaitOf(subject_key, now));
  if (wait > milliseconds(0)) return std::chrono::ceil<std::chrono::seconds>(wait);
  addresses_.Add(address_key, now);
  subjects_.Add(subject_key, now);
  return std::nullopt;
}

// Goes on where the clock is set back: what is owed until then would lock out who owes it.
Timestamp GuessLimiter::Now() {
  const Timestamp now = clock_.Now();
  if (now < last_) set_back_ += last_ - now;
  last_ = now;
  return now + set_back_;
}

void GuessLimiter::Forgive(std::string_view subject, std::string_view address) {
  const MutexLock lock(mutex_);
  addresses_.TakeBack(NetworkOf(address));
  subjects_.TakeBack(SubjectKey(subject));
}

}  // namespace rawhaul

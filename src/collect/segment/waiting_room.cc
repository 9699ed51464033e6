#include "collect/segment/waiting_room.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/guarded.h"

namespace rawhaul::segment {
namespace {

constexpr size_t kMaxGuests = 1000;

}  // namespace

WaitingRoom::WaitingRoom(std::chrono::milliseconds patience)
    : patience_(patience), thread_([this] { Run(); }) {}

WaitingRoom::~WaitingRoom() { Stop(); }

bool WaitingRoom::Wait(const WaitingJob& job, Timestamp end, const std::function<bool()>& has_come,
                       std::function<void()> go) {
  uint64_t number = 0;
  std::function<void()> leaves;
  {
    const MutexLock lock(mutex_);
    bool has_place = false;
    std::tie(has_place, leaves) = FindPlace(job.app);
    if (!has_place) return false;
    number = ++last_number_;
    const auto until = std::chrono::steady_clock::now() + patience_;
    by_number_.emplace(number, guests_.insert({{job, end}, Guest{std::move(go), until, number}}));
    ++sizes_[job.app];
  }
  changed_.notify_one();
  if (leaves) leaves();
  // One that somebody else let go meanwhile goes by that way.
  return !has_come() || TakeOut(number) == nullptr;
}

std::pair<bool, std::function<void()>> WaitingRoom::FindPlace(uint32_t app) {
  if (stopping_) return {false, nullptr};
  if (guests_.size() < kMaxGuests) return {true, nullptr};
  const auto largest = std::max_element(sizes_.begin(), sizes_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto own = sizes_.find(app);
  if (own != sizes_.end() && own->second >= largest->second) return {false, nullptr};
  const auto longest = std::find_if(by_number_.begin(), by_number_.end(), [&](const auto& entry) {
    return entry.second->first.first.app == largest->first;
  });
  return {true, TakeOut(longest->second)};
}

void WaitingRoom::Come(const WaitingJob& job, Timestamp start) {
  std::function<void()> go;
  {
    const MutexLock lock(mutex_);
    const auto guest = guests_.lower_bound({job, start});
    if (guest == guests_.end() || guest->first.first != job) return;
    go = TakeOut(guest);
  }
  go();
}

void WaitingRoom::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { thread_.join(); });
}

std::function<void()> WaitingRoom::TakeOut(uint64_t number) {
  const MutexLock lock(mutex_);
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : TakeOut(found->second);
}

std::function<void()> WaitingRoom::TakeOut(Guests::iterator guest) {
  std::function<void()> go = std::move(guest->second.go);
  const auto size = sizes_.find(guest->first.first.app);
  if (--size->second == 0) sizes_.erase(size);
  by_number_.erase(guest->second.number);
  guests_.erase(guest);
  return go;
}

// All wait equally long, so who came first is the next whose time is up.
void WaitingRoom::Run() {
  MutexLock lock(mutex_);
  while (!stopping_ || !by_number_.empty()) {
    if (by_number_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = by_number_.begin()->second;
    const auto until = first->second.until;
    if (!stopping_ && std::chrono::steady_clock::now() < until) {
      changed_.wait_until(lock, until);
      continue;
    }
    const std::function<void()> go = TakeOut(first);
    lock.unlock();
    RunGuarded("a request that waited", go);
    lock.lock();
  }
}

}  // namespace rawhaul::segment

#include "collect/segment/waiting_room.h"

#include <utility>

#include "base/guarded.h"

namespace rawhaul::segment {
namespace {

constexpr size_t kMaxGuests = 1000;

}  // namespace

WaitingRoom::WaitingRoom(std::chrono::milliseconds patience)
    : patience_(patience), thread_([this] { Run(); }) {}

WaitingRoom::~WaitingRoom() { Stop(); }

bool WaitingRoom::Wait(const Guid& job, Timestamp end, const std::function<bool()>& has_come,
                       std::function<void()> go) {
  uint64_t number = 0;
  {
    const MutexLock lock(mutex_);
    if (stopping_ || guests_.size() >= kMaxGuests) return false;
    number = ++last_number_;
    const auto until = std::chrono::steady_clock::now() + patience_;
    by_number_.emplace(number, guests_.insert({{job, end}, Guest{std::move(go), until, number}}));
  }
  changed_.notify_one();
  // One that somebody else let go meanwhile goes by that way.
  return !has_come() || TakeOut(number) == nullptr;
}

void WaitingRoom::Come(const Guid& job, Timestamp start) {
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

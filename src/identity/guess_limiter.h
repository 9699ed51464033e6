// How often wrong secrets may be tried.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "base/time.h"

namespace rawhaul {

struct GuessLimits {
  // That many at once, then one more every so often: of an address, and of a subject from all addresses.
  int per_address = 20;
  std::chrono::milliseconds address_interval{3000};
  int per_subject = 100;
  std::chrono::milliseconds subject_interval{1000};
  size_t max_remembered = 10000;  // addresses, and as many subjects; the least recent are forgotten
};

// A subject is whose secret it would be: a client id, a key id. Only addresses that have guessed are held up
// by what others guess, so that nobody can lock out a client from elsewhere. Addresses of one IPv6 network
// (/64) count as one. Thread-safe; `clock` must outlive it.
class GuessLimiter {
 public:
  explicit GuessLimiter(const Clock& clock, const GuessLimits& limits = {});

  // Counts a guess. nullopt: go on; else it is one too many, and this is how long to wait.
  std::optional<std::chrono::seconds> Admit(std::string_view subject, std::string_view address);
  // The guess that was admitted was none: it does not count.
  void Forgive(std::string_view subject, std::string_view address);

 private:
  // Guesses by key. Each is paid off after an interval, one behind the other.
  class Ledger {
   public:
    Ledger(int burst, std::chrono::milliseconds interval, size_t max_keys)
        : credit_(interval * burst), interval_(interval), max_keys_(max_keys) {}

    // Until another guess is due; zero: now.
    std::chrono::milliseconds WaitOf(const std::string& key, Timestamp now) const;
    bool HasGuessed(const std::string& key, Timestamp now) const;
    void Add(const std::string& key, Timestamp now);
    void TakeBack(const std::string& key);

   private:
    struct Entry {
      std::string key;
      Timestamp paid_off;
    };
    const std::chrono::milliseconds credit_;
    const std::chrono::milliseconds interval_;
    const size_t max_keys_;
    std::list<Entry> entries_;  // the most recent first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  };

  Timestamp Now() RAWHAUL_REQUIRES(mutex_);

  const Clock& clock_;
  Mutex mutex_;
  Timestamp last_ RAWHAUL_GUARDED_BY(mutex_) = Timestamp::min();
  std::chrono::milliseconds set_back_ RAWHAUL_GUARDED_BY(mutex_){0};  // the clock, so far
  Ledger addresses_ RAWHAUL_GUARDED_BY(mutex_);
  Ledger subjects_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul

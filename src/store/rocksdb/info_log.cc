#include "store/rocksdb/info_log.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <string_view>

#include "base/logging.h"
#include "base/mutex.h"

namespace rawhaul {
namespace {

constexpr std::chrono::minutes kSilence{1};

// Warnings of what is well, by what their formats hold: a checkpoint is taken while nothing is deleted
// anyway; a table is read by itself, without the manifest that has its id.
constexpr std::array<std::string_view, 4> kHarmless{
    "File Deletions Disabled, but already disabled", "File Deletions Enable, but not really enabled",
    "SST file opened without unique ID to verify", "SST files opened without unique ID to verify"};

bool IsHarmless(std::string_view format) {
  return std::any_of(kHarmless.begin(), kHarmless.end(),
                     [&](std::string_view text) { return format.find(text) != std::string_view::npos; });
}

// The first line of each message, up to a thousand characters of it.
class InfoLog final : public rocksdb::Logger {
 public:
  InfoLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  void Logv(const char* format, va_list arguments) override { Write(log::Level::kWarn, format, arguments); }

  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    Write(level == rocksdb::InfoLogLevel::WARN_LEVEL ? log::Level::kWarn : log::Level::kError, format,
          arguments);
  }

  // All the options, at every start.
  void LogHeader(const char*, va_list) override {}

 private:
  void Write(log::Level level, const char* format, va_list arguments) {
    if (IsHarmless(format) || !IsDue(format)) return;
    std::array<char, 1024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    const std::string_view message = text.data();
    log::Write(level, "store: {}", message.substr(0, message.find('\n')));
  }

  bool IsDue(const char* format) {
    const auto now = std::chrono::steady_clock::now();
    const MutexLock lock(mutex_);
    const auto [last, is_new] = written_.try_emplace(format, now);
    if (!is_new && now < last->second + kSilence) return false;
    last->second = now;
    return true;
  }

  Mutex mutex_;
  // By format, of which RocksDB has a fixed number.
  std::map<std::string_view, std::chrono::steady_clock::time_point> written_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeInfoLog() { return std::make_shared<InfoLog>(); }

}  // namespace rawhaul

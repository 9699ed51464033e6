#include "base/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>

#include "base/line_limiter.h"

namespace rawhaul::log {
namespace {

constexpr int kLinesPerMinute = 100;
constexpr size_t kMaxMessageBytes = 4 << 10;

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("rawhaul", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                    spdlog::pattern_time_type::utc));
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

void WriteLine(Level level, const std::string& line) {
  Logger().log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

LineLimiter& Limiter() {
  static LineLimiter limiter(kLinesPerMinute, std::chrono::minutes(1));
  return limiter;
}

}  // namespace

void SetLevel(Level level) { Logger().set_level(ToSpdlog(level)); }

// Callbacks of RocksDB log, too, out of which nothing may be thrown: what there is no memory for is left out.
void WriteFormatted(Level level, fmt::string_view format, fmt::format_args args) try {
  if (!Logger().should_log(ToSpdlog(level))) return;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [place, lines] : Limiter().TakeLeftOut(now))
    WriteLine(Level::kWarn, fmt::format("{} more lines were left out of: {}", lines, place));
  if (!Limiter().Admit({format.data(), format.size()}, now)) return;
  WriteLine(level, ToOneLine(fmt::vformat(format, args)));
} catch (...) {  // NOLINT(bugprone-empty-catch)
}

std::string ToOneLine(std::string_view message) {
  std::string line;
  for (const char c : message.substr(0, kMaxMessageBytes)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      line += c;
    } else {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (message.size() > kMaxMessageBytes) line += "...";
  return line;
}

}  // namespace rawhaul::log

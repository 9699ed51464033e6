// The log: one line an event on standard error, `2016-04-26T09:30:00.518Z level message`. Thread-safe.
//
// It is bounded, whatever a sender of bad requests does: a format string writes at most 100 lines a minute,
// and how many more there would have been is told in one line after that minute, with the next line of any
// kind. A message is cut at 4 KiB, and a control character in it is written as \xNN, so that it stays one
// line.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace rawhaul::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

// Before the first thread starts; the default is kInfo.
void SetLevel(Level level);

// `format` as it stands in the code: its text is what the limit is counted by.
void WriteFormatted(Level level, fmt::string_view format, fmt::format_args args);

// A message as the log has it.
std::string ToOneLine(std::string_view message);

template <typename... Args>
void Write(Level level, fmt::format_string<Args...> format, Args&&... args) {
  WriteFormatted(level, format, fmt::make_format_args(args...));
}
template <typename... Args>
void Debug(fmt::format_string<Args...> format, Args&&... args) {
  WriteFormatted(Level::kDebug, format, fmt::make_format_args(args...));
}
template <typename... Args>
void Info(fmt::format_string<Args...> format, Args&&... args) {
  WriteFormatted(Level::kInfo, format, fmt::make_format_args(args...));
}
template <typename... Args>
void Warn(fmt::format_string<Args...> format, Args&&... args) {
  WriteFormatted(Level::kWarn, format, fmt::make_format_args(args...));
}
template <typename... Args>
void Error(fmt::format_string<Args...> format, Args&&... args) {
  WriteFormatted(Level::kError, format, fmt::make_format_args(args...));
}

}  // namespace rawhaul::log

#include "base/time.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rawhaul {
namespace {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

// Takes `count` digits off the front of `text`; -1 when they are not there.
int TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool TakeOneOf(std::string_view& text, std::string_view allowed) {
  if (text.empty() || std::find(allowed.begin(), allowed.end(), text.front()) == allowed.end()) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Day> TakeDay(std::string_view& text) {
  const int year = TakeDigits(text, 4);
  if (year < 1970 || !TakeOneOf(text, "-")) return std::nullopt;
  const int month = TakeDigits(text, 2);
  if (month < 1 || !TakeOneOf(text, "-")) return std::nullopt;
  const int day = TakeDigits(text, 2);
  if (day < 1) return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

std::optional<milliseconds> TakeTimeOfDay(std::string_view& text) {
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeOneOf(text, ":")) return std::nullopt;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !TakeOneOf(text, ":")) return std::nullopt;
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 60) return std::nullopt;  // 60: a leap second
  milliseconds time = hours(hour) + minutes(minute) + seconds(second);
  if (TakeOneOf(text, ".")) {
    int scale = 100;
    int digit = TakeDigits(text, 1);
    if (digit < 0) return std::nullopt;
    for (; digit >= 0; digit = TakeDigits(text, 1), scale /= 10) time += milliseconds(digit * scale);
  }
  return time;
}

std::optional<minutes> TakeOffset(std::string_view& text) {
  if (TakeOneOf(text, "Zz")) return minutes(0);
  const bool negative = !text.empty() && text.front() == '-';
  if (!TakeOneOf(text, "+-")) return std::nullopt;
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeOneOf(text, ":")) return std::nullopt;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  return (negative ? -1 : 1) * (hours(hour) + minutes(minute));
}

void WriteDigits(unsigned value, int count, char* out) {
  for (int i = count - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

void WriteDay(const year_month_day& date, char* out) {
  WriteDigits(static_cast<unsigned>(static_cast<int>(date.year())), 4, out);
  WriteDigits(static_cast<unsigned>(date.month()), 2, out + 5);
  WriteDigits(static_cast<unsigned>(date.day()), 2, out + 8);
}

}  // namespace

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  const auto day = TakeDay(text);
  if (!day || !TakeOneOf(text, "Tt ")) return std::nullopt;
  const auto time = TakeTimeOfDay(text);
  if (!time) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Timestamp result = Timestamp(*day) + *time - *offset;
  if (ToMillis(result) < 0) return std::nullopt;
  return result;
}

void WriteTimestamp(Timestamp time, char* out) {
  std::memcpy(out, "0000-00-00T00:00:00.000Z", kTimestampLength);
  const auto day = floor<std::chrono::days>(time);
  WriteDay(year_month_day(day), out);
  const auto millis = static_cast<unsigned>((time - day).count());
  WriteDigits(millis / 3600000, 2, out + 11);
  WriteDigits(millis / 60000 % 60, 2, out + 14);
  WriteDigits(millis / 1000 % 60, 2, out + 17);
  WriteDigits(millis % 1000, 3, out + 20);
}

std::string FormatTimestamp(Timestamp time) {
  std::string out(kTimestampLength, '\0');
  WriteTimestamp(time, out.data());
  return out;
}

std::string FormatCompactTimestamp(Timestamp time) {
  const std::string t = FormatTimestamp(time);
  return t.substr(0, 4) + t.substr(5, 2) + t.substr(8, 3) + t.substr(11, 2) + t.substr(14, 2) +
         t.substr(17, 2) + "Z";
}

std::optional<Day> ParseDay(std::string_view text) {
  const auto day = TakeDay(text);
  return text.empty() ? day : std::nullopt;
}

std::string FormatDay(Day day) {
  std::string out = "0000-00-00";
  WriteDay(year_month_day(day), out.data());
  return out;
}

Timestamp SystemClock::Now() const { return floor<milliseconds>(std::chrono::system_clock::now()); }

}  // namespace rawhaul

#include "base/time.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rawhaul {
namespace {

using std::chrono::days;
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

size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::optional<Day> DayOfCalendar(int year, int month, int day) {
  if (month < 1 || day < 1) return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional<Day>(date) : std::nullopt;
}

std::optional<Day> DayOfYear(int year, int number) {
  const Day first = std::chrono::year(year) / 1 / 1;
  const Day day = first + days(number - 1);
  return number >= 1 && year_month_day(day).year() == std::chrono::year(year) ? std::optional(day)
                                                                              : std::nullopt;
}

// Week 1 is that of January 4th, weeks begin on Monday, and a week is of the year that has its Thursday.
std::optional<Day> DayOfWeek(int year, int week, int weekday) {
  if (week < 1 || weekday < 1 || weekday > 7) return std::nullopt;
  const Day in_first = std::chrono::year(year) / 1 / 4;
  const Day monday = in_first - (std::chrono::weekday(in_first) - std::chrono::Monday) + days(7 * (week - 1));
  if (year_month_day(monday + days(3)).year() != std::chrono::year(year)) return std::nullopt;
  return monday + days(weekday - 1);
}

std::optional<Day> TakeCalendarDay(std::string_view& text) {
  const int year = TakeDigits(text, 4);
  if (year < 1 || !TakeOneOf(text, "-")) return std::nullopt;
  const int month = TakeDigits(text, 2);
  if (!TakeOneOf(text, "-")) return std::nullopt;
  return DayOfCalendar(year, month, TakeDigits(text, 2));
}

// In any form of ISO 8601.
std::optional<Day> TakeDay(std::string_view& text) {
  const int year = TakeDigits(text, 4);
  if (year < 1) return std::nullopt;
  const bool has_separators = TakeOneOf(text, "-");
  const auto take_separator = [&] { return !has_separators || TakeOneOf(text, "-"); };
  if (TakeOneOf(text, "Ww")) {
    const int week = TakeDigits(text, 2);
    return take_separator() ? DayOfWeek(year, week, TakeDigits(text, 1)) : std::nullopt;
  }
  if (CountDigits(text) == 3) return DayOfYear(year, TakeDigits(text, 3));
  const int month = TakeDigits(text, 2);
  return take_separator() ? DayOfCalendar(year, month, TakeDigits(text, 2)) : std::nullopt;
}

// The fraction of `unit` that stands next; 0 when none does.
std::optional<milliseconds> TakeFraction(std::string_view& text, milliseconds unit) {
  constexpr size_t kCounted = 9;
  if (!TakeOneOf(text, ".,")) return milliseconds(0);
  const size_t digits = CountDigits(text);
  if (digits == 0) return std::nullopt;
  int64_t scale = 1;
  int64_t value = 0;
  for (size_t i = 0; i < std::min(digits, kCounted); ++i, scale *= 10) value = value * 10 + (text[i] - '0');
  text.remove_prefix(digits);
  return unit * value / scale;
}

std::optional<milliseconds> TakeTimeOfDay(std::string_view& text) {
  const int hour = TakeDigits(text, 2);
  if (hour < 0) return std::nullopt;
  const bool has_separators = text.starts_with(':');
  const auto has_more = [&] { return has_separators ? TakeOneOf(text, ":") : CountDigits(text) > 0; };
  int minute = 0;
  int second = 0;
  milliseconds unit = hours(1);
  if (has_more()) {
    minute = TakeDigits(text, 2);
    unit = minutes(1);
    if (has_more()) {
      second = TakeDigits(text, 2);
      unit = seconds(1);
    }
  }
  const auto fraction = TakeFraction(text, unit);
  if (minute < 0 || minute > 59 || second < 0 || second > 60 || !fraction) return std::nullopt;
  const milliseconds time = hours(hour) + minutes(minute) + seconds(second) + *fraction;
  return hour < 24 || time == hours(24) ? std::optional(time) : std::nullopt;
}

std::optional<minutes> TakeOffset(std::string_view& text) {
  if (TakeOneOf(text, "Zz")) return minutes(0);
  const bool negative = !text.empty() && text.front() == '-';
  if (!TakeOneOf(text, "+-")) return std::nullopt;
  const int hour = TakeDigits(text, 2);
  const bool has_minutes = TakeOneOf(text, ":") || !text.empty();
  const int minute = has_minutes ? TakeDigits(text, 2) : 0;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
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

std::optional<Timestamp> ParseInstant(std::string_view text) {
  const auto day = TakeDay(text);
  if (!day || !TakeOneOf(text, "Tt ")) return std::nullopt;
  const auto time = TakeTimeOfDay(text);
  if (!time) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Timestamp result = Timestamp(*day) + *time - *offset;
  if (result < kFirstInstant || result > kLastInstant) return std::nullopt;
  return result;
}

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  const auto instant = ParseInstant(text);
  return instant && ToMillis(*instant) >= 0 ? instant : std::nullopt;
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
  const auto day = TakeCalendarDay(text);
  return text.empty() ? day : std::nullopt;
}

std::string FormatDay(Day day) {
  std::string out = "0000-00-00";
  WriteDay(year_month_day(day), out.data());
  return out;
}

Timestamp SystemClock::Now() const { return floor<milliseconds>(std::chrono::system_clock::now()); }

}  // namespace rawhaul

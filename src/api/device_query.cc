#include "api/device_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/encoding.h"
#include "base/integer.h"
#include "model/json_text.h"

namespace rawhaul::api {
namespace {

constexpr size_t kDigits = 32;
constexpr int kMaxDepth = 32;
constexpr std::array<std::string_view, 5> kMetaKeys{"firstSeen", "lastSeen", "lastInfo", "lastLocation",
                                                    "nativePushEnabled"};

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidParameter");
}

// ---- Ids in the order of their text

void SetDigit(Guid& guid, size_t place, int value) {
  uint8_t& byte = guid.bytes[place / 2];
  byte = static_cast<uint8_t>(place % 2 == 0 ? (value << 4) | (byte & 15) : (byte & 0xf0) | value);
}

int Digit(const Guid& guid, size_t place) {
  return place % 2 == 0 ? guid.bytes[place / 2] >> 4 : guid.bytes[place / 2] & 15;
}

// The id in which the first `places` digits are one more and the others 0; nullopt when those are all `f`.
std::optional<Guid> Next(Guid guid, size_t places) {
  for (size_t place = kDigits; place-- > 0;) {
    const bool is_last = place < places && Digit(guid, place) < 15;
    SetDigit(guid, place, is_last ? Digit(guid, place) + 1 : 0);
    if (is_last) return guid;
  }
  return std::nullopt;
}

// REQUIRES an id that is not zero.
Guid Previous(Guid guid) {
  size_t place = kDigits - 1;
  for (; Digit(guid, place) == 0; --place) SetDigit(guid, place, 15);
  SetDigit(guid, place, Digit(guid, place) - 1);
  return guid;
}

std::string Normal(std::string_view text) {
  const auto guid = ParseGuid(text);
  return guid ? guid->ToHex() : ToLower(text);
}

// The least id whose text is not before `text`, or is behind it when that is not `included`; nullopt: there
// is none.
std::optional<Guid> LeastFrom(std::string_view text, bool included) {
  Guid guid;
  for (size_t place = 0; place < std::min(kDigits, text.size()); ++place) {
    const auto c = static_cast<unsigned char>(text[place]);
    const int value = HexValue(static_cast<char>(c));
    if (c < '0') return guid;
    if (c > 'f') return Next(guid, place);
    SetDigit(guid, place, value < 0 ? 10 : value);
    if (value < 0) return guid;  // between 9 and a
  }
  const bool is_behind = text.size() < kDigits || (text.size() == kDigits && included);
  return is_behind ? std::optional(guid) : Next(guid, kDigits);
}

// ---- The filter

enum class Comparison { kGreater, kGreaterOrEqual, kLess, kLessOrEqual };

void SetNothing(DeviceFilter& filter) {
  filter.first = Guid::Max();
  filter.last = Guid{};
}

void RestrictIds(DeviceFilter& filter, Comparison comparison, std::string_view text) {
  const bool is_lower_bound = comparison == Comparison::kGreater || comparison == Comparison::kGreaterOrEqual;
  const bool included = comparison == Comparison::kGreaterOrEqual || comparison == Comparison::kLess;
  const std::optional<Guid> least = LeastFrom(Normal(text), included);
  if (is_lower_bound) {
    if (!least) return SetNothing(filter);
    filter.first = std::max(filter.first, *least);
  } else if (least) {
    if (least->IsZero()) return SetNothing(filter);
    filter.last = std::min(filter.last, Previous(*least));
  }
}

void RestrictTimes(TimeWindow& window, Comparison comparison, int64_t millis) {
  using Limits = std::numeric_limits<int64_t>;
  if (comparison == Comparison::kGreater && millis < Limits::max()) ++millis;
  if (comparison == Comparison::kLess && millis > Limits::min()) --millis;
  const bool is_lower_bound = comparison == Comparison::kGreater || comparison == Comparison::kGreaterOrEqual;
  Timestamp& bound = is_lower_bound ? window.first : window.last;
  bound = is_lower_bound ? std::max(bound, FromMillis(millis)) : std::min(bound, FromMillis(millis));
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsOfNumber(char c) { return (c >= '0' && c <= '9') || c == '-'; }

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  Result<DeviceFilter> Parse() {
    RAWHAUL_TRY(Expression(0));
    if (!AtEnd()) return Wrong("`and` or the end is expected");
    return filter_;
  }

 private:
  Status Expression(int depth) {
    do {
      RAWHAUL_TRY(Term(depth));
    } while (TakeWord("and"));
    return {};
  }

  Status Term(int depth) {
    if (!TakeCharacter('(')) return Comparing();
    if (depth == kMaxDepth) return Wrong(fmt::format("more than {} parentheses are open", kMaxDepth));
    RAWHAUL_TRY(Expression(depth + 1));
    return TakeCharacter(')') ? Status() : Wrong("`and` or `)` is expected");
  }

  Status Comparing() {
    const bool is_id = TakeWord("deviceId");
    if (!is_id && !TakeWord("lastModified")) return Wrong("deviceId or lastModified is expected");
    RAWHAUL_ASSIGN(const Comparison comparison, Operator());
    if (is_id) {
      RAWHAUL_ASSIGN(const std::string text, Text());
      RestrictIds(filter_, comparison, text);
    } else {
      RAWHAUL_ASSIGN(const int64_t millis, Number());
      RestrictTimes(filter_.modified, comparison, millis);
    }
    return {};
  }

  Result<Comparison> Operator() {
    if (TakeWord("gt")) return Comparison::kGreater;
    if (TakeWord("ge")) return Comparison::kGreaterOrEqual;
    if (TakeWord("lt")) return Comparison::kLess;
    if (TakeWord("le")) return Comparison::kLessOrEqual;
    return Wrong("gt, ge, lt or le is expected");
  }

  // A quote within is written twice, as in OData.
  Result<std::string> Text() {
    if (!TakeCharacter('\'')) return Wrong("a text in single quotes is expected");
    std::string text;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\'' && !(at_ < text_.size() && text_[at_] == '\'')) return text;
      if (c == '\'') ++at_;
      text += c;
    }
    return Wrong("the closing single quote is missing");
  }

  // "L" marks a number of 64 bits in the old service's filters; every number is one here.
  Result<int64_t> Number() {
    SkipSpaces();
    const auto end = std::find_if_not(text_.begin() + static_cast<ptrdiff_t>(at_), text_.end(), IsOfNumber);
    const auto last = static_cast<size_t>(end - text_.begin());
    const auto millis = ParseInteger<int64_t>(text_.substr(at_, last - at_));
    if (!millis) return Wrong("milliseconds since 1970, as in 1447284263690L, are expected");
    at_ = last;
    if (at_ < text_.size() && (text_[at_] == 'L' || text_[at_] == 'l')) ++at_;
    return *millis;
  }

  bool TakeCharacter(char c) {
    SkipSpaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    SkipSpaces();
    const size_t end = at_ + word.size();
    if (!EqualsIgnoreCase(text_.substr(at_, word.size()), word)) return false;
    if (end < text_.size() && IsLetter(text_[end])) return false;
    at_ = end;
    return true;
  }

  bool AtEnd() {
    SkipSpaces();
    return at_ == text_.size();
  }

  void SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  tl::unexpected<Error> Wrong(std::string_view what) {
    SkipSpaces();
    return Bad(fmt::format("$filter, character {}: {}.", at_ + 1, what));
  }

  const std::string_view text_;
  size_t at_ = 0;
  DeviceFilter filter_;
};

// ---- The selection

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Status Select(std::string_view item, DeviceSelect& select) {
  const size_t slash = std::min(item.find('/'), item.size());
  const bool is_whole = slash == item.size();
  const std::string_view key = item.substr(is_whole ? slash : slash + 1);
  const bool is_meta = EqualsIgnoreCase(item.substr(0, slash), "meta");
  const bool is_known = is_meta ? std::find(kMetaKeys.begin(), kMetaKeys.end(), key) != kMetaKeys.end()
                                : EqualsIgnoreCase(item.substr(0, slash), "appInfo") && !key.empty();
  const bool is_whole_part = is_whole && (is_meta || EqualsIgnoreCase(item, "appInfo"));
  if (!is_whole_part && !is_known) {
    return Bad(fmt::format(
        "$select has {}; each item must be meta, appInfo, appInfo/{{key}} or meta/{{key}} with one of {}.",
        Quoted(item), fmt::join(kMetaKeys, ", ")));
  }
  KeySelection& keys = is_meta ? select.meta : select.app_info;
  if (is_whole) keys.all = true;
  if (!is_whole) keys.names.emplace(key);
  return {};
}

}  // namespace

Result<DeviceFilter> ParseDeviceFilter(std::string_view text) { return FilterParser(text).Parse(); }

std::string FilterBehind(const DeviceFilter& filter, const Guid& device) {
  std::string text = fmt::format("deviceId gt '{}'", device.ToHex());
  if (filter.last != Guid::Max()) text += fmt::format(" and deviceId le '{}'", filter.last.ToHex());
  if (filter.modified.first != Timestamp::min())
    text += fmt::format(" and lastModified ge {}L", ToMillis(filter.modified.first));
  if (filter.modified.last != Timestamp::max())
    text += fmt::format(" and lastModified le {}L", ToMillis(filter.modified.last));
  return text;
}

Result<DeviceSelect> ParseDeviceSelect(std::string_view text) {
  DeviceSelect select;
  while (true) {
    const size_t comma = std::min(text.find(','), text.size());
    RAWHAUL_TRY(Select(Trim(text.substr(0, comma)), select));
    if (comma == text.size()) return select;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace rawhaul::api

#include "importer/entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "base/unicode.h"
#include "collect/tag_json.h"
#include "model/json_fault.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

// Enough to know a byte order mark.
constexpr size_t kDecisiveBytes = 3;
// What is read of the start, at most, to find the first key.
constexpr size_t kMaxStartBytes = 64 << 10;

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void SkipSpaces(std::string_view& text) {
  text.remove_prefix(static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsSpace) - text.begin()));
}

// `added`: how many bytes of it, in front, do not stand in the blob.
Result<json::object> ParseObject(std::string text, size_t added = 0) {
  ReplaceUnstorableEscapes(text);
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error)
    return Bad(fmt::format("it is not JSON: {}", FindJsonFault(text, added).value_or(error.message())));
  if (!value.is_object()) return Bad("it is no JSON object");
  return std::move(value.as_object());
}

Result<TagEntry> ParseLine(std::string_view line) {
  RAWHAUL_ASSIGN(const json::object object, ParseObject(std::string(line)));
  const json::value* id = object.if_contains("deviceId");
  if (id == nullptr || !id->is_string()) return Bad(R"("deviceId" must be a string)");
  const json::value* tags = object.if_contains("tags");
  RAWHAUL_ASSIGN(TagChanges changes,
                 ParseTagChanges("tags", tags == nullptr ? json::value() : *tags, Nulls::kDelete));
  return TagEntry{std::string(id->as_string()), std::move(changes)};
}

// `text`: a member of the object, `"id": {...}`.
Result<TagEntry> ParseMember(const std::string& text) {
  RAWHAUL_ASSIGN(const json::object object, ParseObject("{" + text + "}", 1));
  if (object.size() != 1) return Bad("a device and its tags are expected");
  const auto& [id, tags] = *object.begin();
  const std::string quoted = Quoted(id);
  RAWHAUL_ASSIGN(TagChanges changes,
                 ParseTagChanges(quoted.substr(1, quoted.size() - 2), tags, Nulls::kDelete));
  return TagEntry{std::string(id), std::move(changes)};
}

}  // namespace

// Of a text that begins so; nullopt when more of it is needed to tell.
std::optional<EntryReader::Form> EntryReader::FormOf(std::string_view text) {
  SkipSpaces(text);
  if (text.empty()) return std::nullopt;
  if (text.starts_with('[')) return Form::kArray;
  if (!text.starts_with('{')) return Form::kLines;
  text.remove_prefix(1);
  SkipSpaces(text);
  if (text.empty()) return std::nullopt;
  if (text.starts_with('}')) return Form::kObject;
  for (const std::string_view key : {R"("deviceId")", R"("tags")"}) {
    if (text.starts_with(key)) return Form::kLines;
    if (key.starts_with(text)) return std::nullopt;
  }
  return Form::kObject;
}

EntryReader::EntryReader(Visit visit) : visit_(std::move(visit)) {}

Status EntryReader::Feed(std::string_view part) {
  if (form_ != Form::kUnknown) return FeedDecided(part);
  held_ += part;
  RAWHAUL_TRY(Decide(held_.size() > kMaxStartBytes));
  return form_ == Form::kUnknown ? Status() : FeedDecided(std::exchange(held_, {}));
}

Status EntryReader::Finish() {
  if (form_ == Form::kUnknown) {
    RAWHAUL_TRY(Decide(true));
    RAWHAUL_TRY(FeedDecided(std::exchange(held_, {})));
  }
  if (form_ == Form::kLines) return held_.empty() ? Status() : EndLine();
  if (place_ == Place::kEntry)
    return Lose(form_ == Form::kArray ? "the array ends too early" : "the object ends too early");
  return {};
}

Status EntryReader::Decide(bool is_all) {
  if (held_.size() < kDecisiveBytes && !is_all) return {};
  if (LooksLikeUtf16(held_)) {
    return Fail(ErrorCode::kInvalidArgument, "the blob is UTF-16 or UTF-32; tags are read as UTF-8");
  }
  const std::string_view start = WithoutByteOrderMark(held_);
  const auto form = FormOf(start);
  if (!form && !is_all) return {};
  form_ = form.value_or(Form::kLines);
  held_ = std::string(start);
  return {};
}

Status EntryReader::FeedDecided(std::string_view part) {
  if (form_ == Form::kLines) return FeedLines(part);
  for (const char c : part) RAWHAUL_TRY(FeedWhole(c));
  return {};
}

Status EntryReader::FeedLines(std::string_view part) {
  for (size_t end = part.find('\n'); end != std::string_view::npos; end = part.find('\n')) {
    Keep(part.substr(0, end));
    RAWHAUL_TRY(EndLine());
    part.remove_prefix(end + 1);
  }
  Keep(part);
  return {};
}

Status EntryReader::EndLine() {
  ++number_;
  const bool is_too_long = std::exchange(too_long_, false);
  const std::string line = std::exchange(held_, {});
  if (std::all_of(line.begin(), line.end(), IsSpace)) return {};
  return visit_(
      number_, is_too_long ? Bad(fmt::format("it has more than {} bytes", kMaxEntryBytes)) : ParseLine(line));
}

Status EntryReader::FeedWhole(char c) {
  switch (place_) {
    case Place::kBefore:
      if (!IsSpace(c)) place_ = Place::kEntry;  // the bracket, by which the form is known
      return {};
    case Place::kEntry:
      return FeedEntry(c);
    case Place::kBehind:
      if (IsSpace(c)) return {};
      return Lose(form_ == Form::kArray ? "something follows the array" : "something follows the object");
    case Place::kLost:
      return {};
  }
  return {};
}

// An entry ends where a comma or the bracket of the whole stands outside of its values.
Status EntryReader::FeedEntry(char c) {
  const char last = form_ == Form::kArray ? ']' : '}';
  const bool is_end = !in_string_ && depth_ == 0 && (c == ',' || c == last);
  if (is_end) {
    if (c == last) place_ = Place::kBehind;
    const bool is_empty = c == last && number_ == 0 && IsBlank();
    return is_empty ? Status() : EndEntry();
  }
  Keep(std::string_view(&c, 1));
  if (in_string_) {
    if (c == '"' && !escaped_) in_string_ = false;
    escaped_ = c == '\\' && !escaped_;
    return {};
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if ((c == '}' || c == ']') && depth_ > 0) --depth_;
  return {};
}

Status EntryReader::EndEntry() {
  ++number_;
  const bool is_too_long = std::exchange(too_long_, false);
  const std::string text = std::exchange(held_, {});
  if (is_too_long) return visit_(number_, Bad(fmt::format("it has more than {} bytes", kMaxEntryBytes)));
  return visit_(number_, form_ == Form::kArray ? ParseLine(text) : ParseMember(text));
}

Status EntryReader::Lose(std::string_view why) {
  place_ = Place::kLost;
  return visit_(++number_, Bad(std::string(why)));
}

void EntryReader::Keep(std::string_view text) {
  const size_t room = kMaxEntryBytes - held_.size();
  too_long_ = too_long_ || text.size() > room;
  held_ += text.substr(0, room);
}

bool EntryReader::IsBlank() const { return std::all_of(held_.begin(), held_.end(), IsSpace); }

}  // namespace rawhaul

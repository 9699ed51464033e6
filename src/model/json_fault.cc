#include "model/json_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/encoding.h"
#include "base/unicode.h"
#include "model/json_text.h"

namespace rawhaul {
namespace {

constexpr size_t kShownBytes = 32;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsOfNumber(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; }

// The bytes of the character that begins with `lead`; 0 where none does.
size_t LengthOf(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

// The whole character at the front; empty when it is no UTF-8.
std::string_view FrontCharacter(std::string_view text) {
  const std::string_view character = text.substr(0, LengthOf(text.front()));
  return IsUtf8(character) ? character : std::string_view();
}

uint32_t CodePointOf(std::string_view character) {
  if (character.size() == 1) return static_cast<uint8_t>(character[0]);
  uint32_t value = static_cast<uint8_t>(character[0]) & (0x7fu >> character.size());
  for (const char c : character.substr(1)) value = value << 6 | (static_cast<uint8_t>(c) & 0x3fu);
  return value;
}

template <typename Is>
std::string_view TakeWhile(std::string_view text, Is is) {
  const auto end = std::find_if_not(text.begin(), text.end(), is);
  return text.substr(0, std::min<size_t>(static_cast<size_t>(end - text.begin()), kShownBytes));
}

// What stands at the front of `text`, in words.
std::string Describe(std::string_view text) {
  const char c = text.front();
  if (IsLetter(c)) return fmt::format("the word {}", TakeWhile(text, IsLetter));
  if (c == '\'') return "a single quote (texts and names stand in double quotes)";
  if (c == '/') return "a comment, which JSON has not";
  const std::string_view character = FrontCharacter(text);
  if (character.empty()) return fmt::format("the byte 0x{:02X}, which is no UTF-8", static_cast<uint8_t>(c));
  const uint32_t code_point = CodePointOf(character);
  if (code_point == 0xfeff) return "a byte order mark (U+FEFF)";
  if (code_point < 0x20 || code_point == 0x7f)
    return fmt::format("the control character U+{:04X}", code_point);
  if (code_point < 0x7f) return fmt::format("{}", character);
  return fmt::format("{} (U+{:04X})", character, code_point);
}

// Reads JSON and stops at the first fault.
class FaultFinder {
 public:
  FaultFinder(std::string_view text, size_t added) : text_(text), added_(added) {}

  std::optional<std::string> Find() {
    if (LooksLikeUtf16(text_)) return Locate("the text is UTF-16 or UTF-32; JSON is sent as UTF-8");
    at_ = text_.size() - WithoutByteOrderMark(text_).size();
    while (!fault_) {
      at_ = std::min(text_.find_first_not_of(" \n\r\t", at_), text_.size());
      if (at_ == text_.size()) break;
      Step(text_[at_]);
    }
    if (!fault_ && next_ != Next::kNothing) Fail(MissingAtEnd());
    return fault_;
  }

 private:
  // What may stand here.
  enum class Next {
    kValue,
    kValueOrEnd,  // behind [
    kNameOrEnd,   // behind {
    kName,
    kColon,
    kCommaOrEnd,
    kNothing,  // behind the whole
  };

  void Step(char c) {
    switch (next_) {
      case Next::kValueOrEnd:
        if (c == ']') return Close();
        return TakeValue(c);
      case Next::kValue:
        if (after_comma_ && c == ']') return Fail("nothing stands behind the comma before this ]");
        return TakeValue(c);
      case Next::kNameOrEnd:
        if (c == '}') return Close();
        return TakeName(c);
      case Next::kName:
        if (c == '}') return Fail("nothing stands behind the comma before this }");
        return TakeName(c);
      case Next::kColon:
        if (c != ':') return Expect("a colon");
        return Advance(1, Next::kValue);
      case Next::kCommaOrEnd:
        return TakeComma(c);
      case Next::kNothing:
        return Fail(fmt::format("{} follows the end of the JSON", DescribeHere()));
    }
  }

  void TakeValue(char c) {
    if (c == '{') return Open(c, Next::kNameOrEnd);
    if (c == '[') return Open(c, Next::kValueOrEnd);
    if (c == '"') return TakeString(AfterValue());
    if (c == '-' || (c >= '0' && c <= '9')) return TakeNumber();
    if (IsLetter(c)) return TakeWord();
    Expect("a value");
  }

  void TakeName(char c) { return c == '"' ? TakeString(Next::kColon) : Expect("a name in double quotes"); }

  void TakeComma(char c) {
    const bool in_object = open_.back() == '{';
    if (c == (in_object ? '}' : ']')) return Close();
    if (c != ',') return Expect(in_object ? "a comma or }" : "a comma or ]");
    Advance(1, in_object ? Next::kName : Next::kValue);
    after_comma_ = true;
  }

  void Open(char c, Next next) {
    open_.push_back(c);
    Advance(1, next);
  }

  void Close() {
    open_.pop_back();
    Advance(1, AfterValue());
  }

  void TakeNumber() {
    const std::string_view rest = text_.substr(at_);
    const auto end = std::find_if_not(rest.begin(), rest.end(), IsOfNumber);
    const std::string_view token = rest.substr(0, static_cast<size_t>(end - rest.begin()));
    if (!IsJsonNumber(token))
      return Fail(fmt::format("{} is no number of JSON", token.substr(0, kShownBytes)));
    Advance(token.size(), AfterValue());
  }

  void TakeWord() {
    const std::string_view rest = text_.substr(at_);
    for (const std::string_view word : {"true", "false", "null"}) {
      const bool ends =
          rest.size() == word.size() || !IsOfNumber(rest[std::min(word.size(), rest.size() - 1)]);
      if (rest.starts_with(word) && ends) return Advance(word.size(), AfterValue());
    }
    Fail(fmt::format("{} is none of the words of JSON: true, false and null", TakeWhile(rest, IsLetter)));
  }

  void TakeString(Next next) {
    const size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (!TakeCharacter()) return;
    }
    if (at_ == text_.size()) {
      at_ = start;
      return Fail("the text that begins here has no end");
    }
    Advance(1, next);
  }

  // Of a string; false at a fault.
  bool TakeCharacter() {
    const char c = text_[at_];
    if (c == '\\') return TakeEscape();
    if (static_cast<uint8_t>(c) < 0x20) {
      Fail(fmt::format("the control character U+{:04X} must be escaped in a text", static_cast<uint8_t>(c)));
      return false;
    }
    const std::string_view character = FrontCharacter(text_.substr(at_));
    if (character.empty()) Fail(DescribeHere());
    at_ += character.size();
    return !character.empty();
  }

  bool TakeEscape() {
    const std::string_view rest = text_.substr(at_);
    const size_t digits = rest.starts_with("\\u") ? 4 : 0;
    const size_t length = 2 + digits;
    const bool known =
        rest.size() >= length && std::string_view("\"\\/bfnrtu").find(rest[1]) != std::string_view::npos;
    const bool is_escape =
        known && std::all_of(rest.begin() + 2, rest.begin() + static_cast<std::ptrdiff_t>(length),
                             [](char c) { return HexValue(c) >= 0; });
    if (!is_escape) Fail("a backslash that begins no escape of JSON");
    at_ += length;
    return is_escape;
  }

  Next AfterValue() const { return open_.empty() ? Next::kNothing : Next::kCommaOrEnd; }

  void Advance(size_t bytes, Next next) {
    at_ += bytes;
    next_ = next;
    after_comma_ = false;
  }

  std::string DescribeHere() const { return Describe(text_.substr(at_)); }

  void Expect(std::string_view what) {
    Fail(fmt::format("{} must stand here, not {}", what, DescribeHere()));
  }
  void Fail(std::string_view what) { fault_ = Locate(what); }

  std::string MissingAtEnd() const {
    if (open_.empty()) return "there is no JSON";
    if (next_ == Next::kColon) return "the text ends where a colon is missing";
    if (next_ == Next::kValue) return "the text ends where a value is missing";
    return fmt::format("the text ends where {} is missing", open_.back() == '{' ? '}' : ']');
  }

  std::string Locate(std::string_view what) const {
    const std::string_view before = text_.substr(0, std::min(at_, text_.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t start = line == 1 ? std::min(added_, before.size()) : before.rfind('\n') + 1;
    const size_t column = before.size() - start + 1;
    const bool is_one_line = text_.find('\n') == std::string_view::npos;
    return is_one_line ? fmt::format("column {}: {}", column, what)
                       : fmt::format("line {} column {}: {}", line, column, what);
  }

  const std::string_view text_;
  const size_t added_;
  size_t at_ = 0;
  Next next_ = Next::kValue;
  bool after_comma_ = false;
  std::vector<char> open_;  // the brackets that stand open
  std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> FindJsonFault(std::string_view text, size_t added) {
  return FaultFinder(text, added).Find();
}

}  // namespace rawhaul

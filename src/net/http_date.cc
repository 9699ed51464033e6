#include "net/http_date.h"

#include <curl/curl.h>

#include <string>

namespace rawhaul::net {
namespace {

// A cap for what is surely none: the longest has 33 characters.
constexpr size_t kMaxDateBytes = 64;

// All forms begin with the name of a day; curl takes dates without one, too, and plain numbers among them.
bool BeginsWithALetter(std::string_view text) {
  return !text.empty() &&
         ((text.front() >= 'A' && text.front() <= 'Z') || (text.front() >= 'a' && text.front() <= 'z'));
}

}  // namespace

std::optional<Timestamp> ParseHttpDate(std::string_view text) {
  if (text.size() > kMaxDateBytes || !BeginsWithALetter(text)) return std::nullopt;
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds));
}

}  // namespace rawhaul::net

#include "http/message.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/encoding.h"

namespace rawhaul::http {
namespace {

std::string_view FirstValue(const std::vector<Header>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

// JSON must be UTF-8 even where the message quotes a client that was not.
std::string JsonString(std::string_view text) {
  std::string clean(text);
  if (!IsUtf8(clean)) {
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return boost::json::serialize(boost::json::string_view(clean));
}

}  // namespace

std::string_view Request::header(std::string_view name) const { return FirstValue(headers, name); }
std::string_view Request::path_parameter(std::string_view name) const {
  return FirstValue(path_parameters, name);
}

const std::string* Request::query_parameter(std::string_view name) const {
  const auto found =
      std::find_if(query.begin(), query.end(), [&](const Header& pair) { return pair.first == name; });
  return found == query.end() ? nullptr : &found->second;
}

Response JsonResponse(int status, std::string json) {
  return {status, {{"Content-Type", "application/json; charset=utf-8"}}, std::move(json)};
}

Response ErrorResponse(int status, std::string_view code, std::string_view message) {
  std::string json = R"({"error":{"code":)";
  json += JsonString(code);
  json += R"(,"message":)";
  json += JsonString(message);
  json += "}}";
  return JsonResponse(status, std::move(json));
}

}  // namespace rawhaul::http

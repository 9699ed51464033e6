// A URL as curl reads it, which makes the requests.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/encoding.h"

namespace rawhaul::fuzz {

class CurlUrl {
 public:
  // As in a request of ours, which may go to http and https alone.
  explicit CurlUrl(const std::string& text) : url_(curl_url()) {
    usable_ = curl_url_set(url_, CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  ~CurlUrl() { curl_url_cleanup(url_); }
  CurlUrl(const CurlUrl&) = delete;
  CurlUrl& operator=(const CurlUrl&) = delete;

  // False: curl refuses it, so that no request is made.
  bool usable() const { return usable_; }
  // Empty when there is none.
  std::string Part(CURLUPart part) const {
    char* text = nullptr;
    if (curl_url_get(url_, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
  }
  // "http://host:80"; empty when it is not usable.
  std::string Origin() const {
    if (!usable_) return {};
    return ToLower(Part(CURLUPART_SCHEME) + "://" + Part(CURLUPART_HOST) + ":" + Part(CURLUPART_PORT));
  }

 private:
  CURLU* url_;
  bool usable_ = false;
};

}  // namespace rawhaul::fuzz

#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <new>
#include <stdexcept>
#include <system_error>

#include "base/encoding.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "net/public_address.h"
#include "net/url.h"

namespace rawhaul::net {
namespace {

constexpr size_t kMaxHeaderBytes = 64 << 10;
// Few calls of the kernel for a large body, and still within a core's own cache.
constexpr long kUploadBufferBytes = 256 << 10;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;

struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, HeaderListDeleter>;

// Gives the parts of a body to curl, one behind the other, and once only: else curl would send a request
// again by itself when a connection that it kept breaks before the answer comes. The request may have been
// carried out, and whether it may be sent again is for its caller to say.
class BodySource {
 public:
  explicit BodySource(const ByteParts& parts) : parts_(parts), part_(parts.begin()) {}

  size_t Read(char* to, size_t size) {
    size_t done = 0;
    while (done < size && part_ != parts_.end()) {
      const size_t taken = part_->copy(to + done, size - done, offset_);
      done += taken;
      offset_ += taken;
      if (offset_ == part_->size()) StartPart(part_ + 1);
    }
    return done;
  }

 private:
  using Part = std::vector<std::string_view>::const_iterator;
  void StartPart(Part part) {
    part_ = part;
    offset_ = 0;
  }

  const ByteParts& parts_;
  Part part_;
  size_t offset_ = 0;  // in *part_
};

// One request and its answer, as curl's callbacks see them.
struct Exchange {
  const HttpRequest& request;
  std::stop_token stop;
  BodySource body;
  HttpResponse response;
  size_t header_bytes = 0;
  bool body_cut = false;
  bool address_refused = false;
};

// Curl asks for a socket for each address that it tries.
curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  if (!IsPublicAddress(address->addr)) {
    static_cast<Exchange*>(user)->address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t OnUpload(char* to, size_t, size_t size, void* user) {
  return static_cast<Exchange*>(user)->body.Read(to, size);
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string& body = exchange.response.body;
  const size_t taken = std::min(size, exchange.request.max_response_bytes - body.size());
  if (!RunGuarded("taking an answer", [&] { body.append(data, taken); })) return 0;
  exchange.body_cut = taken < size;
  return taken;  // less than `size` ends the transfer: an endless answer costs nothing
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size);
  exchange.header_bytes += size;
  if (exchange.header_bytes > kMaxHeaderBytes) return 0;
  const bool taken = RunGuarded("taking an answer", [&] {
    const size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
      exchange.response.headers.clear();  // those so far belonged to an interim (1xx) answer
    } else if (colon != std::string_view::npos) {
      exchange.response.headers.emplace_back(ToLower(line.substr(0, colon)), Trim(line.substr(colon + 1)));
    }
  });
  return taken ? size : 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  const auto& exchange = *static_cast<Exchange*>(user);
  const bool told = RunGuarded("telling how far a request is", [&] {
    if (exchange.request.on_progress)
      exchange.request.on_progress(static_cast<uint64_t>(sent), static_cast<uint64_t>(received));
  });
  return exchange.stop.stop_requested() || !told ? 1 : 0;
}

template <typename T>
void Set(CURL* handle, CURLoption option, T value) {
  if (curl_easy_setopt(handle, option, value) != CURLE_OK) {
    throw std::runtime_error(fmt::format("libcurl refuses option {}", static_cast<int>(option)));
  }
}

void Append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

HeaderList MakeHeaders(const HttpRequest& request) {
  HeaderList list;
  // Headers that curl would add by itself: a form's type, and a round trip before a large body.
  Append(list, "Expect:");
  Append(list, "Content-Type:");
  for (const auto& [name, value] : request.headers)
    Append(list, value.empty() ? name + ";" : name + ": " + value);
  return list;
}

void SetMethod(CURL* handle, const HttpRequest& request) {
  if (request.method == "GET") return Set(handle, CURLOPT_HTTPGET, 1L);
  if (request.method == "HEAD") return Set(handle, CURLOPT_NOBODY, 1L);
  Set(handle, CURLOPT_UPLOAD, 1L);
  Set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  Set(handle, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  Set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetTransport(CURL* handle, const HttpClientOptions& options) {
  Set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  Set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  Set(handle, CURLOPT_PROXY, "");  // none, whatever the environment says
  Set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(handle, CURLOPT_NOSIGNAL, 1L);
  Set(handle, CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for the name resolver
  Set(handle, CURLOPT_USERAGENT, "Rawhaul");
  Set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    Set(handle, CURLOPT_CAINFO, options.ca_file.c_str());
    Set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
}

void SetTimeouts(CURL* handle, const HttpRequest& request) {
  Set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  Set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  Set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
}

void SetCallbacks(CURL* handle, Exchange& exchange) {
  Set(handle, CURLOPT_READFUNCTION, OnUpload);
  Set(handle, CURLOPT_READDATA, &exchange);
  Set(handle, CURLOPT_WRITEFUNCTION, OnBody);
  Set(handle, CURLOPT_WRITEDATA, &exchange);
  Set(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  Set(handle, CURLOPT_HEADERDATA, &exchange);
  Set(handle, CURLOPT_NOPROGRESS, 0L);
  Set(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);  // at least once a second, also while connecting
  Set(handle, CURLOPT_XFERINFODATA, &exchange);
}

void SetReach(CURL* handle, Reach reach, Exchange& exchange) {
  if (reach == Reach::kAnyAddress) return;
  Set(handle, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  Set(handle, CURLOPT_OPENSOCKETDATA, &exchange);
}

// Curl's own texts can name parts of the URL, so only the fixed ones are used.
std::string Describe(CURL* handle, CURLcode code) {
  if (code == CURLE_SEND_FAIL_REWIND) return "the connection broke before an answer came";
  std::string text = curl_easy_strerror(code);
  long os_error = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_error);
  if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    text += fmt::format(" ({})", std::generic_category().message(static_cast<int>(os_error)));
  }
  return text;
}

class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(const HttpClientOptions& options) : options_(options) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot start");
  }

  Result<HttpResponse> Send(const HttpRequest& request, std::stop_token stop) override {
    if (stop.stop_requested()) return Canceled();
    RAWHAUL_ASSIGN(const Url url, ParseUrl(request.url));
    try {
      EasyHandle handle = Borrow(request.reach);
      Exchange exchange{
          .request = request, .stop = std::move(stop), .body = BodySource(request.body), .response = {}};
      Result<HttpResponse> result = Perform(handle.get(), request, url, exchange);
      GiveBack(request.reach, std::move(handle));
      return result;
    } catch (const std::exception& error) {
      return Fail(ErrorCode::kInternal, fmt::format("{}: {}", url.Origin(), error.what()));
    }
  }

 private:
  static tl::unexpected<Error> Canceled() {
    return Fail(ErrorCode::kCanceled, "stopped while sending a request");
  }

  // Does not name the address: it would tell a stranger of the network in here.
  static tl::unexpected<Error> NotPublic(const Url& url) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} has an address that is not public; hosts with such an address are allowed only "
                    "when the server's configuration lists them",
                    url.Origin()),
        std::string(kNotPublicReason));
  }

  Result<HttpResponse> Perform(CURL* handle, const HttpRequest& request, const Url& url,
                               Exchange& exchange) const {
    const HeaderList headers = MakeHeaders(request);
    SetTransport(handle, options_);
    SetTimeouts(handle, request);
    SetCallbacks(handle, exchange);
    SetReach(handle, request.reach, exchange);
    SetMethod(handle, request);
    Set(handle, CURLOPT_URL, request.url.c_str());
    Set(handle, CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_ABORTED_BY_CALLBACK) return Canceled();
    if (code == CURLE_COULDNT_CONNECT && exchange.address_refused) return NotPublic(url);
    if (code != CURLE_OK && !exchange.body_cut) {
      return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", url.Origin(), Describe(handle, code)));
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

  EasyHandle Borrow(Reach reach) {
    {
      const MutexLock lock(mutex_);
      std::vector<EasyHandle>& idle = idle_[reach];
      if (!idle.empty()) {
        EasyHandle handle = std::move(idle.back());
        idle.pop_back();
        return handle;
      }
    }
    EasyHandle handle(curl_easy_init());
    if (handle == nullptr) throw std::bad_alloc();
    return handle;
  }

  void GiveBack(Reach reach, EasyHandle handle) {
    curl_easy_reset(handle.get());  // forgets the request; keeps connections, TLS sessions and resolved names
    const MutexLock lock(mutex_);
    idle_[reach].push_back(std::move(handle));
  }

  const HttpClientOptions options_;
  Mutex mutex_;
  // As many as there ever were requests at once; apart by reach, since a kept connection is not looked at
  // again.
  std::map<Reach, std::vector<EasyHandle>> idle_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::unique_ptr<HttpClient> MakeHttpClient(const HttpClientOptions& options) {
  return std::make_unique<CurlHttpClient>(options);
}

}  // namespace rawhaul::net

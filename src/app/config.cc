#include "app/config.h"

#include <fmt/format.h>

#include <chrono>

#include "app/settings_file.h"
#include "base/integer.h"

namespace rawhaul {
namespace {

constexpr int64_t kMaxNumber = int64_t{1} << 31;
constexpr int64_t kMaxSeconds = 30 * 24 * 60 * 60;
constexpr int64_t kMaxDays = 366;

// `what`: "a whole number". From 1 to `largest`.
template <typename Take>
Setting WholeNumber(std::string_view what, int64_t largest, Take take) {
  return {fmt::format("{} from 1 to {}", what, largest), [largest, take](const toml::node& node) {
            const auto value = node.value_exact<int64_t>();
            if (!value || *value < 1 || *value > largest) return false;
            take(*value);
            return true;
          }};
}

template <typename T>
Setting Number(T& target, int64_t unit = 1) {
  return WholeNumber("a whole number", kMaxNumber,
                     [&target, unit](int64_t value) { target = static_cast<T>(value * unit); });
}

template <typename Duration>
Setting Seconds(Duration& target) {
  return WholeNumber("a whole number of seconds", kMaxSeconds,
                     [&target](int64_t value) { target = std::chrono::seconds(value); });
}

Setting Days(std::chrono::days& target) {
  return WholeNumber("a whole number of days", kMaxDays,
                     [&target](int64_t value) { target = std::chrono::days(value); });
}

Setting TextList(std::vector<std::string>& target) {
  return {"a list of strings", [&target](const toml::node& node) {
            const toml::array* list = node.as_array();
            if (list == nullptr) return false;
            for (const toml::node& item : *list) {
              const auto text = item.value_exact<std::string>();
              if (!text) return false;
              target.push_back(*text);
            }
            return true;
          }};
}

Setting Listen(http::ServerOptions& options) {
  return {"\"ADDRESS:PORT\"", [&options](const toml::node& node) {
            const auto value = node.value_exact<std::string>();
            return value && ParseListen(*value, options).has_value();
          }};
}

constexpr int64_t kMiB = int64_t{1} << 20;

// Every key there is.
Settings SettingsOf(Config& config, http::ServerOptions::Tls& tls) {
  return {{"listen", Listen(config.http)},
          {"tls.certificate", TextSetting(tls.certificate_chain, "a file name")},
          {"tls.key", TextSetting(tls.private_key, "a file name")},
          {"destinations.allow", TextList(config.allowed_destinations)},
          {"destinations.ca_file", TextSetting(config.destinations_ca_file, "a string")},
          {"http.io_threads", Number(config.http.io_threads)},
          {"http.worker_threads", Number(config.http.worker_threads)},
          {"http.max_connections", Number(config.http.max_connections)},
          {"http.max_body_memory_mib", Number(config.http.max_request_memory_bytes, kMiB)},
          {"http.header_timeout_seconds", Seconds(config.http.header_timeout)},
          {"http.body_timeout_seconds", Seconds(config.http.body_timeout)},
          {"http.idle_timeout_seconds", Seconds(config.http.idle_timeout)},
          {"collect.threads", Number(config.http.async_threads)},
          {"collect.max_queued_mib", Number(config.collect.max_queued_bytes, kMiB)},
          {"collect.max_extras_bytes", Number(config.collect.limits.max_extras_bytes)},
          {"delivery.push_quota", Number(config.push_quota.max_campaigns)},
          {"delivery.push_quota_days", Days(config.push_quota.window)},
          {"export.parallel_tasks", Number(config.exports.parallel_tasks)},
          {"export.encode_threads", Number(config.exports.encode_threads)},
          {"export.uploads_per_task", Number(config.exports.uploads_per_task)},
          {"export.credential_wait_seconds", Seconds(config.exports.credential_wait)},
          {"export.storage_wait_seconds", Seconds(config.exports.storage_wait)},
          {"export.memory_mib", Number(config.exports.memory_bytes, kMiB)},
          {"store.block_cache_mib", Number(config.store.block_cache_bytes, kMiB)},
          {"store.write_buffer_mib", Number(config.store.write_buffer_bytes, kMiB)}};
}

}  // namespace

Result<Config> LoadConfig(const std::filesystem::path& file) {
  Config config;
  http::ServerOptions::Tls tls;
  RAWHAUL_TRY(ReadSettings(file, SettingsOf(config, tls)));
  if (tls.certificate_chain.empty() != tls.private_key.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: tls needs both certificate and key", file.string()));
  }
  if (!tls.private_key.empty()) config.http.tls = std::move(tls);
  return config;
}

Status ParseListen(const std::string& text, http::ServerOptions& options) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : ParseInteger<uint16_t>(std::string_view(text).substr(colon + 1));
  if (!port || colon == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no ADDRESS:PORT such as 127.0.0.1:8080", text));
  }
  std::string address = text.substr(0, colon);
  if (address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
  options.address = std::move(address);
  options.port = *port;
  return {};
}

}  // namespace rawhaul

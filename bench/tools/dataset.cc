#include "dataset.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

#include "base/time.h"

namespace rawhaul::bench {
namespace {

using std::string_view;

// Splitmix64; any seed gives a stream of its own.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(Mix(seed * 0xd1342543de82ef95 + 1)) {}
  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15); }
  uint64_t Below(uint64_t limit) { return Next() % limit; }
  template <size_t n>
  string_view OneOf(const std::array<string_view, n>& values) {
    return values[Below(n)];
  }

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

constexpr std::array<string_view, 16> kNames{
    "video_clicked",  "video_started", "video_finished",  "add_to_cart",   "remove_from_cart", "search",
    "filter_applied", "share",         "rating_given",    "login",         "purchase",         "push_opened",
    "item_viewed",    "menu_opened",   "coupon_redeemed", "page_scrolled",
};
constexpr std::array<string_view, 8> kTitles{
    "Episode 17",       "The Long Way Home", "Ein schöner Film", "Live, from Oslo",
    R"(\"Best of\" 3)", "Trailer",           "Highlights 2016",  "Le Grand Départ",
};
constexpr std::array<string_view, 6> kCategories{"sports", "news", "drama", "kids", "music", "documentary"};
constexpr std::array<string_view, 12> kModels{
    "Nexus 5",  "Nexus 6P", "SM-G920F", "SM-G935F", "SM-A510F",   "iPhone7,2",
    "HTC One ", "LG-H815",  "XT1092",   "D5803",    "ONEPLUS A3", "iPhone8,1",
};
constexpr std::array<string_view, 5> kVersions{"2.3.0", "2.3.1", "2.4.0", "2.4.2", "3.0.0"};
constexpr std::array<string_view, 6> kCountries{"nl", "de", "fr", "gb", "us", "jp"};
constexpr std::array<string_view, 3> kNetworks{"LTE", "HSPA", "WIFI"};

void AppendGuid(Random random, std::string& out) {
  const uint64_t high = random.Next();
  fmt::format_to(std::back_inserter(out), "{:016x}{:016x}", high, random.Next());
}

void AppendTime(Timestamp time, std::string& out) {
  const size_t start = out.size();
  out.resize(start + kTimestampLength);
  WriteTimestamp(time, out.data() + start);
}

void AppendRecord(Random& random, string_view kind, uint64_t session, Timestamp time, std::string& out) {
  out += R"({"kind":")";
  out += kind;
  out += R"(","name":")";
  out += random.OneOf(kNames);
  out += R"(","timestamp":")";
  AppendTime(time, out);
  out += R"(","sessionId":")";
  AppendGuid(Random(session), out);
  fmt::format_to(
      std::back_inserter(out),
      R"(","extras":{{"video_id":{},"title":"{}","category":"{}","position":{}.{},"autoplay":{}}}}})",
      100'000 + random.Below(900'000), random.OneOf(kTitles), random.OneOf(kCategories), random.Below(4000),
      random.Below(10), random.Below(2) == 0);
}

void AppendContext(Random random, std::string& out) {
  const string_view country = random.OneOf(kCountries);
  fmt::format_to(
      std::back_inserter(out),
      R"("info":{{"phoneModel":"{}","phoneManufacturer":"Maker","firmwareVersion":"6.0.{}","firmwareName":"Android",)"
      R"("androidAPILevel":{},"locale":"{}_{}","carrierCountry":"{}","networkType":"mobile","networkSubtype":"{}",)"
      R"("applicationVersionName":"{}","applicationVersionCode":{},"timeZoneOffset":{}}},)"
      R"("location":{{"countrycode":"{}","region":"Region {}"}},)",
      random.OneOf(kModels), random.Below(2), 21 + random.Below(3), country, country, country,
      random.OneOf(kNetworks), random.OneOf(kVersions), 230, 60, country, random.Below(8));
}

}  // namespace

void AppendBatch(uint64_t index, string_view kind, std::string& out) {
  constexpr uint64_t kCoprime = 7919;  // spreads neighbours over the devices
  const uint64_t device = index % kDevices * kCoprime % kDevices;
  const Timestamp month = *ParseTimestamp("2016-04-01T00:00:00Z");
  Random random(2 * index + 1);
  Timestamp time = month + std::chrono::milliseconds(random.Below(uint64_t{30} * 86'400'000 - 600'000));
  out += R"({"batchId":")";
  AppendGuid(Random(~index), out);
  out += R"(","deviceId":")";
  AppendGuid(Random(~device << 1), out);
  out += R"(",)";
  AppendContext(Random(device << 20), out);
  if (device % 4 == 0)
    fmt::format_to(std::back_inserter(out), R"("appInfo":{{"userid":"user-{}"}},)", device);
  out += R"("records":[)";
  for (uint64_t i = 0; i < kRecordsPerBatch; ++i) {
    if (i > 0) out += ',';
    time += std::chrono::milliseconds(500 + random.Below(30'000));
    AppendRecord(random, kind, index << 24, time, out);
  }
  out += "]}\n";
}

}  // namespace rawhaul::bench

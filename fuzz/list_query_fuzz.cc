// Of the parameters of lists: paging, order, filters and selections of devices. An input is the query of a
// URL.
#include <algorithm>
#include <array>
#include <string>

#include "api/device_query.h"
#include "api/paging.h"
#include "base/encoding.h"
#include "net/url.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;
using http::Header;
using http::Request;

constexpr uint64_t kMaxTop = 200;
constexpr std::array<std::string_view, 3> kProperties{"dateCreated", "state", "id"};

std::vector<Header> WithoutPaging(std::vector<Header> query) {
  std::erase_if(query, [](const Header& item) { return item.first == "$skip" || item.first == "$top"; });
  return query;
}

void RequireNumber(const Request& request) {
  const auto top = api::NumberParameter(request, "$top", 100, 1, kMaxTop);
  const std::string* sent = request.query_parameter("$top");
  if (!top) {
    Require(sent != nullptr && IsUtf8(top.error().message), "what is absent is not refused");
    return;
  }
  Require(*top >= 1 && *top <= kMaxTop, "a number lies in its range");
  Require(sent != nullptr || *top == 100, "an absent number is the default");
}

void RequireOrder(const Request& request) {
  const auto order = api::OrderByParameter(request, kProperties);
  const std::string* sent = request.query_parameter("$orderby");
  if (!order) {
    Require(sent != nullptr, "what is absent is not refused");
    return;
  }
  Require(std::find(kProperties.begin(), kProperties.end(), order->property) != kProperties.end(),
          "lists are ordered by what is allowed");
  if (sent == nullptr) return;
  Request again;
  again.query = {{"$orderby", std::string(order->property) + (order->descending ? " desc" : " asc")}};
  const auto same = api::OrderByParameter(again, kProperties);
  Require(same && same->property == order->property && same->descending == order->descending,
          "an order that is written again is the same");
}

void RequireNextLink(const Request& request) {
  const auto link = net::ParseUrl(api::NextLink(request, 7, 3));
  Require(link && link->Origin() == "http://rawhaul.example:8080" && link->path == request.path,
          "the next page is asked of the same list");
  const auto query = ParseForm(link->query);
  Require(query && WithoutPaging(*query) == WithoutPaging(request.query),
          "the next page is of the same query");
  Require(query->size() == WithoutPaging(request.query).size() + 2 &&
              *(query->end() - 2) == Header("$skip", "7") && query->back() == Header("$top", "3"),
          "the next page follows this one");
}

void RequireDevices(const Request& request) {
  const std::string* select = request.query_parameter("$select");
  const auto selected = api::ParseDeviceSelect(select == nullptr ? "meta" : *select);
  Require(selected ? selected->meta.any() || selected->app_info.any() : IsUtf8(selected.error().message),
          "something is selected, or it is said why not");
  const std::string* text = request.query_parameter("$filter");
  const auto filter = api::ParseDeviceFilter(text == nullptr ? "" : *text);
  if (!filter) {
    Require(IsUtf8(filter.error().message), "what is wrong can be told");
    return;
  }
  if (filter->last < filter->first) return;
  const auto behind = api::ParseDeviceFilter(api::FilterBehind(*filter, filter->first));
  Require(behind && behind->last == filter->last && behind->modified.first == filter->modified.first &&
              behind->modified.last == filter->modified.last,
          "the next page has the same bounds");
  Require(behind->first > filter->first || filter->first == Guid::Max(), "the next page is behind this one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto query = ParseForm(fuzz::AsText(data, size));
  if (!query) return 0;
  Request request;
  request.path = "/subscriptions/s/apps/a/devices/exportTasks";
  request.headers = {{"host", "rawhaul.example:8080"}};
  request.query = *std::move(query);
  RequireNumber(request);
  RequireOrder(request);
  RequireNextLink(request);
  RequireDevices(request);
  return 0;
}

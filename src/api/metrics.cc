#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>

namespace rawhaul::api {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,   1,    2.5,   10};

std::string RouteLabel(const http::Exchange& exchange) {
  return exchange.route.empty() ? "none" : std::string(exchange.method) + " " + std::string(exchange.route);
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("rawhaul_http_requests_total")
                                                          .Help("Answered requests")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("rawhaul_http_request_duration_seconds")
                                                             .Help("From the request's header to its answer")
                                                             .Register(registry);
  prometheus::Family<prometheus::Counter>& records = prometheus::BuildCounter()
                                                         .Name("rawhaul_collected_records_total")
                                                         .Help("Records of collect batches, by outcome")
                                                         .Register(registry);
  prometheus::Counter& accepted = records.Add({{"outcome", "accepted"}});
  prometheus::Counter& rejected = records.Add({{"outcome", "rejected"}});
  prometheus::Counter& batches = prometheus::BuildCounter()
                                     .Name("rawhaul_collected_batches_total")
                                     .Help("Collect batches made durable")
                                     .Register(registry)
                                     .Add({});
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Observe(const http::Exchange& exchange) {
  const std::string route = RouteLabel(exchange);
  impl_->requests.Add({{"route", route}, {"status", std::to_string(exchange.status)}}).Increment();
  impl_->durations.Add({{"route", route}}, kSeconds)
      .Observe(std::chrono::duration<double>(exchange.duration).count());
}

std::string Metrics::Render(const CollectCounters& collected) {
  const auto catch_up = [](prometheus::Counter& counter, uint64_t value) {
    counter.Increment(static_cast<double>(value) - counter.Value());
  };
  catch_up(impl_->batches, collected.batches);
  catch_up(impl_->accepted, collected.accepted);
  catch_up(impl_->rejected, collected.rejected);
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace rawhaul::api

// Sends the lines of a file as collect batches and prints how fast the server took them, as one JSON object:
//   bench_load --url http://127.0.0.1:8080 --key KEY --file FILE.ndjson
// With --rate it does not wait for answers before it sends more (an open loop), and a batch's time counts
// from when it was due: a server that stops for a second cannot hide what that costs.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "load_run.h"
#include "net/url.h"

namespace {

using rawhaul::bench::LoadPlan;
using rawhaul::bench::LoadReport;

void SetServer(const std::string& text, LoadPlan& plan) {
  const auto url = rawhaul::net::ParseUrl(text);
  if (!url || url->scheme != "http" || inet_pton(AF_INET, url->host.c_str(), &plan.server.sin_addr) != 1) {
    throw std::invalid_argument("--url must be like http://127.0.0.1:8080");
  }
  plan.server.sin_family = AF_INET;
  plan.server.sin_port = htons(url->port);
  plan.host = url->host;
}

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void Print(LoadReport report) {
  std::vector<double>& times = report.milliseconds;
  std::sort(times.begin(), times.end());
  fmt::print(R"({{"batches":{},"records":{},"failures":{},"seconds":{:.3f},"recordsPerSecond":{:.0f},)"
             R"("p50Ms":{:.3f},"p99Ms":{:.3f},"maxMs":{:.3f}}})"
             "\n",
             times.size(), report.records, report.failures, report.seconds,
             static_cast<double>(report.records) / report.seconds, Percentile(times, 0.5),
             Percentile(times, 0.99), Percentile(times, 1));
  if (report.failures > 0) fmt::print(stderr, "the first failure: {}\n", report.first_failure);
}

}  // namespace

int main(int argc, char** argv) {
  LoadPlan plan;
  std::string url;
  CLI::App program("Sends collect batches and measures how fast they are taken");
  program.add_option("--url", url, "Origin of the server, an IPv4 address")->required();
  program.add_option("--key", plan.key, "Collect key")->required();
  program.add_option("--file", plan.file, "Batches, one a line")->required();
  program.add_option("--connections", plan.connections, "Connections, one request at a time each")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  program.add_option("--rate", plan.rate, "Batches a second; without it as many as are answered")
      ->check(CLI::PositiveNumber);
  program.add_option("--count", plan.count, "Batches to send; without it all of the file");
  program.add_option("--first", plan.first, "Lines to pass over first");
  try {
    program.parse(argc, argv);
    SetServer(url, plan);
    const LoadReport report = rawhaul::bench::RunLoad(plan);
    Print(report);
    return report.failures == 0 ? 0 : 1;
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_load: {}\n", error.what());
    return 1;
  }
}

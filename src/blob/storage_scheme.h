// The kinds of storage there are, to be written to and read from: one registry for all that asks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/retry_timer.h"
#include "base/secret.h"
#include "base/time.h"
#include "blob/container.h"
#include "blob/source.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rawhaul {

// What containers and sources work with.
struct StorageEnvironment {
  net::HttpClient& client;
  RetryTimer& timer;
  const Clock& clock;
  // Of this server, in letters and digits: servers that write into one place keep what they stage apart.
  std::string owner = "rawhaul";
  net::RetryPolicy retry = {};
};

// A kind of storage. Has no state of its own. Errors are those of ContainerFactory and BlobSourceFactory.
class StorageScheme {
 public:
  virtual ~StorageScheme() = default;

  // Whether a URL is of this kind, whatever else is wrong with it.
  virtual bool Takes(std::string_view url) const = 0;
  // Whether `entry` of destinations.allow is of this kind, and well formed.
  virtual bool IsEntry(std::string_view entry) const = 0;
  // Whether the URL may be used, by itself or by one of `entries`.
  virtual Result<Grounds> Check(const Secret& url, std::span<const std::string> entries) const = 0;

  virtual Result<std::unique_ptr<Container>> OpenContainer(const Secret& url, Grounds grounds,
                                                           const StorageEnvironment& environment) const = 0;
  virtual Result<std::string> PlaceOf(const Secret& container_url) const = 0;
  virtual Result<std::unique_ptr<BlobSource>> OpenSource(const Secret& url, Grounds grounds,
                                                         const StorageEnvironment& environment) const = 0;
};

// A new kind is a folder beside those, and an entry here.
std::span<const StorageScheme* const> StorageSchemes();
// The one that takes the URL. What no other takes is meant to be a URL of Azure's.
const StorageScheme& SchemeOf(const Secret& url);

}  // namespace rawhaul

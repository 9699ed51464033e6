// The storage of a running server: what the policy allows of all kinds that there are
// (blob/storage_scheme.h).
#pragma once

#include <memory>

#include "blob/container.h"
#include "blob/source.h"
#include "blob/storage_scheme.h"

namespace rawhaul {

// What `environment` refers to must outlive the factories, and their containers and sources. In a URL what is
// surely meant is taken: blanks around it do not count (TidyUrl).
std::unique_ptr<ContainerFactory> MakeContainerFactory(DestinationPolicy policy,
                                                       const StorageEnvironment& environment);
std::unique_ptr<BlobSourceFactory> MakeBlobSourceFactory(DestinationPolicy policy,
                                                         const StorageEnvironment& environment);

}  // namespace rawhaul

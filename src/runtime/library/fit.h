// The numbers behind "does it fit": of a file, or estimated from the catalog. The machine's are given, so that a test
// can be any machine.
#pragma once

#include "runtime/library/library.h"

namespace hearth {

/// The best quantisation that fits (or the one asked for). Errors: kUnsupported where the catalog knows no size.
FitReport fit_of_entry(const CatalogEntry& entry, const std::string& quantization, std::int64_t context,
                       std::uint64_t memory, double bandwidth);
/// Errors: as inspect().
FitReport fit_of_file(const StoredModel& model, std::int64_t context, std::uint64_t memory, double bandwidth);

struct Machine {
  std::uint64_t memory = 0;  ///< bytes that are free
  double bandwidth = 0;      ///< bytes a second
};
std::vector<Recommendation> recommend_for(const Machine& machine, const Catalog& catalog, const std::string& purpose,
                                          bool production, std::int64_t context);

}  // namespace hearth

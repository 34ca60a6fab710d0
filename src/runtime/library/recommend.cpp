// Which model of the catalog to take.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "hearth/error.h"
#include "hearth/system.h"
#include "hub/catalog/quantization_label.h"
#include "runtime/library/fit.h"

namespace hearth {
namespace {

/// About as fast as a person reads; below it an answer is waited for.
constexpr double kReadingSpeed = 5;
/// While one develops, an answer should be there at once.
constexpr double kQuickSpeed = 15;

double gibibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (std::uint64_t{1} << 30); }

/// Fewer bits answer faster; below this one they cost too much of what the model knows.
constexpr std::string_view kFewestBits = "Q4_K_M";

double wanted_speed(bool production) { return production ? kReadingSpeed : kQuickSpeed; }

/// In the best quantisation that fits and is fast enough; where none is, in the best that fits.
FitReport best_fit(const CatalogEntry& entry, const Machine& machine, bool production, std::int64_t context) {
  FitReport best = fit_of_entry(entry, "", context, machine.memory, machine.bandwidth);
  if (best.tokens_per_second == 0 || best.tokens_per_second >= wanted_speed(production)) return best;
  for (const std::string& quantization : entry.quantizations) {
    const bool is_between = quality_rank(quantization) > quality_rank(best.quantization) &&
                            quality_rank(quantization) <= quality_rank(kFewestBits);
    if (!is_between) continue;
    FitReport smaller = fit_of_entry(entry, quantization, context, machine.memory, machine.bandwidth);
    if (smaller.fits && smaller.tokens_per_second >= wanted_speed(production)) return smaller;
  }
  return best;
}

bool serves(const CatalogModel& model, std::string_view purpose) {
  return std::find(model.purposes.begin(), model.purposes.end(), purpose) != model.purposes.end();
}

std::string reason(const Recommendation& one, bool production) {
  const FitReport& fit = one.fit;
  std::string why = fmt::format("{} needs about {:.1f} GiB of {:.1f} GiB free", fit.quantization,
                                gibibytes(fit.need.total()), gibibytes(fit.memory_available));
  if (!fit.fits) why += ": too much";
  if (serves(one.model, "embed")) {
    // It gives no answers; but one that would answer slowly embeds slowly, too.
    if (fit.tokens_per_second > 0 && fit.tokens_per_second < wanted_speed(production)) why += "; slow on this machine";
    if (serves(one.model, "code")) why += "; for code";
  } else if (fit.tokens_per_second > 0) {
    why += fmt::format(", about {:.0f} tokens/s", std::max(1.0, fit.tokens_per_second));
    if (fit.tokens_per_second < wanted_speed(production)) why += production ? " (slower than reading)" : " (not quick)";
  }
  if (!one.model.commercial) why += "; no commercial use";
  if (!one.model.accept.empty()) why += "; its licence must be accepted first";
  return why;
}

/// Larger is better, at each place before the next.
auto rank(const Recommendation& one, bool production) {
  const FitReport& fit = one.fit;
  const bool is_encoder = fit.tokens_per_second == 0;
  const bool is_bearable = is_encoder || fit.tokens_per_second >= wanted_speed(production);
  const auto parameters = static_cast<double>(one.model.parameters);
  // What cannot be used at work, or not without asking first, comes behind what can.
  const bool is_free = one.model.commercial || !production;
  // Of those that are too slow, the quickest; of the others the most capable one, which among one's peers is the
  // larger.
  const double merit = is_bearable ? parameters : -parameters;
  // The order of one size is that of age: the catalog has the newer ones' larger vocabulary and context.
  // An embedder made for code is one for a special purpose, however large.
  const bool is_general = !serves(one.model, "embed") || !serves(one.model, "code");
  return std::tuple(fit.fits, is_free, is_bearable, one.model.accept.empty(), is_general, merit, one.model.context);
}

}  // namespace

std::vector<Recommendation> recommend_for(const Machine& machine, const Catalog& catalog, const std::string& purpose,
                                          bool production, std::int64_t context) {
  std::vector<Recommendation> found;
  for (const CatalogEntry& entry : catalog.entries()) {
    if (std::find(entry.purposes.begin(), entry.purposes.end(), purpose) == entry.purposes.end()) continue;
    // An embedder that also knows code is no answer to "write me code".
    const bool embeds = std::find(entry.purposes.begin(), entry.purposes.end(), "embed") != entry.purposes.end();
    if (embeds && purpose != "embed") continue;
    if (context > 0 && entry.context > 0 && entry.context < context) continue;
    try {
      Recommendation one;
      one.model = public_entry(entry);
      one.fit = best_fit(entry, machine, production, context);
      found.push_back(std::move(one));
    } catch (const Error&) {
      continue;  // the catalog does not know its size: nothing can be said of it
    }
  }
  std::stable_sort(found.begin(), found.end(), [&](const Recommendation& a, const Recommendation& b) {
    return rank(a, production) > rank(b, production);
  });
  for (Recommendation& one : found) one.why = reason(one, production);
  return found;
}

std::vector<Recommendation> recommend_models(const std::string& purpose, bool production, std::int64_t context) {
  const Machine machine{system_report().memory_available, measure_memory_bandwidth()};
  return recommend_for(machine, load_catalog(library_places().config_folder), purpose, production, context);
}

}  // namespace hearth

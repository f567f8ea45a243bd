using Microsoft.Extensions.Options;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Server.Composition;

/// <summary>Checks <see cref="S3Options"/>.</summary>
[OptionsValidator]
sealed partial class S3OptionsValidator : IValidateOptions<S3Options>;

/// <summary>Checks <see cref="StagingOptions"/>.</summary>
[OptionsValidator]
sealed partial class StagingOptionsValidator : IValidateOptions<StagingOptions>;

/// <summary>Checks <see cref="GenerateSalesOptions"/>.</summary>
[OptionsValidator]
sealed partial class GenerateSalesOptionsValidator : IValidateOptions<GenerateSalesOptions>;

/// <summary>Checks <see cref="ImportSalesOptions"/>.</summary>
[OptionsValidator]
sealed partial class ImportSalesOptionsValidator : IValidateOptions<ImportSalesOptions>;

/// <summary>Checks <see cref="UploadOptions"/>.</summary>
[OptionsValidator]
sealed partial class UploadOptionsValidator : IValidateOptions<UploadOptions>;

/// <summary>Checks <see cref="LoadOptions"/>.</summary>
[OptionsValidator]
sealed partial class LoadOptionsValidator : IValidateOptions<LoadOptions>;

/// <summary>Checks <see cref="TuningOptions"/>.</summary>
[OptionsValidator]
sealed partial class TuningOptionsValidator : IValidateOptions<TuningOptions>;

"""Numbers that tiptwin's `reference` model is compared with (core/src/model/reference/parity.rs).

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 gpytorch==1.15.2
    venv/bin/python recipe.py > parity.json

The published model (AtomAI 0.8.1, atomai/nets/gp.py) in a small size: fully connected ReLU network, ScaleToBounds(-1, 1), scaled
squared-exponential kernel with one length-scale per embedding dimension, constant mean, Gaussian noise above 1e-4, no priors; exact instead of
interpolated. Double precision, Cholesky instead of iterative solvers. Weights and inputs are rounded to single precision, since tiptwin's network
computes in it.
"""

import json
import platform

import gpytorch
import torch

WIDTHS = [16, 12, 8, 5, 2]
TRAIN, TEST = 12, 8
RAW = {"lengthscale": [0.3, -0.4], "outputscale": 0.2, "noise": -4.0, "mean": 0.1}
STEPS, RATE = 40, 0.01

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def single(t):
    return t.to(torch.float32).to(torch.float64)


class Model(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        layers = []
        for i, (a, b) in enumerate(zip(WIDTHS, WIDTHS[1:])):
            layers += ([torch.nn.ReLU()] if i else []) + [torch.nn.Linear(a, b)]
        self.net = torch.nn.Sequential(*layers)
        self.box = gpytorch.utils.grid.ScaleToBounds(-1.0, 1.0)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel(ard_num_dims=WIDTHS[-1]))
        for p in self.net.parameters():
            p.data = single(p.data)

    def forward(self, x):
        z = self.box(self.net(x))
        return gpytorch.distributions.MultivariateNormal(self.mean_module(z), self.covar_module(z))


def linears(model):
    return [m for m in model.net if isinstance(m, torch.nn.Linear)]


def raw(model):
    k = model.covar_module
    return [k.base_kernel.raw_lengthscale, k.raw_outputscale, model.likelihood.noise_covar.raw_noise, model.mean_module.raw_constant]


def flat(tensors):
    return [v for t in tensors for v in t.detach().flatten().tolist()]


def posterior(model, likelihood, x):
    model.eval()
    likelihood.eval()
    with torch.no_grad():
        p = model(x)
        answer = {"mean": p.mean.tolist(), "variance": p.variance.tolist()}
    model.train()
    likelihood.train()
    return answer


def main():
    x, x_test = single(torch.rand(TRAIN, WIDTHS[0])), single(torch.rand(TEST, WIDTHS[0]))
    y = torch.sin(3 * x.mean(1) * 4) * 0.4 + 0.5 + 0.05 * torch.randn(TRAIN)
    likelihood = gpytorch.likelihoods.GaussianLikelihood()
    model = Model(x, y, likelihood)
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
    model.train()
    likelihood.train()
    layers = [{"weight": l.weight.T.tolist(), "bias": l.bias.tolist()} for l in linears(model)]
    start = flat(raw(model))

    # One evaluation at parameters that are not the start values.
    values = [RAW["lengthscale"], RAW["outputscale"], RAW["noise"], RAW["mean"]]
    for p, v in zip(raw(model), values):
        p.data = torch.tensor(v).reshape(p.shape)
    loss = -mll(model(x), y)
    loss.backward()
    once = {
        "raw": flat(raw(model)),
        "loss": loss.item(),
        "d_raw": flat([p.grad for p in raw(model)]),
        "d_layers": [{"weight": l.weight.grad.T.tolist(), "bias": l.bias.grad.tolist()} for l in linears(model)],
        "posterior": posterior(model, likelihood, x_test),
    }

    # The published schedule from the published start.
    for p in raw(model):
        p.data.zero_()
    model.zero_grad()
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    history = []
    for _ in range(STEPS):
        adam.zero_grad()
        loss = -mll(model(x), y)
        loss.backward()
        history.append(loss.item())
        adam.step()
    trained = {"losses": history, "raw": flat(raw(model)), "posterior": posterior(model, likelihood, x_test)}

    print(json.dumps({
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "gpytorch": gpytorch.__version__},
        "widths": WIDTHS, "layers": layers, "start_raw": start,
        "inputs": x.tolist(), "targets": y.tolist(), "test_inputs": x_test.tolist(),
        "once": once, "trained": trained,
    }, indent=None, separators=(", ", ": ")))


with gpytorch.settings.fast_computations(False, False, False), gpytorch.settings.cholesky_jitter(0.0, 0.0, 0.0):
    main()
